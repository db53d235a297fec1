// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/log_file.hpp"

#include <csignal>
#include <thread>
#include <utility>

#include <spdlog/async.h>
#include <spdlog/sinks/sink.h>

#include "messages/error.hpp"

namespace rr {

namespace {

/// With SIGXFSZ blocked a file that may not grow is an error of `write`.
void block_all_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

} // namespace

/// What the logger's thread calls.
class log_file::line_sink final : public spdlog::sinks::sink {
public:
  explicit line_sink(log_file& file) : file_(file) {
  }

  void log(const spdlog::details::log_msg& line) override {
    file_.take({line.payload.data(), line.payload.size()});
  }

  void flush() override {
    // Nothing is kept back.
  }

  void set_pattern(const std::string&) override {
    // Lines come finished.
  }

  void set_formatter(std::unique_ptr<spdlog::formatter>) override {
    // Lines come finished.
  }

private:
  log_file& file_;
};

caf::expected<std::shared_ptr<log_file>>
log_file::make(log_file_settings settings) {
  auto what = "cannot write the log to " + settings.file.path;
  auto file = rotating_file::open(settings.file);
  if (!file)
    return std::move(file.error());
  try {
    std::shared_ptr<log_file> result{new log_file(std::move(settings))};
    result->file_ = std::move(*file);
    result->start();
    return result;
  } catch (const std::exception& x) {
    return caf::make_error(ec::system_error, what + ": " + as_cause(x.what()));
  }
}

log_file::log_file(log_file_settings settings)
  : settings_(std::move(settings)) {
}

log_file::~log_file() {
  // Joins; the thread reports before it ends.
  pool_.reset();
}

void log_file::start() {
  pool_ = std::make_shared<spdlog::details::thread_pool>(
    settings_.queue, 1, block_all_signals, [this] { end(); });
  queue_ = pool_.get();
  logger_ = std::make_shared<spdlog::async_logger>(
    "log file", std::make_shared<line_sink>(*this), pool_,
    spdlog::async_overflow_policy::overrun_oldest);
  logger_->set_level(spdlog::level::trace);
  logger_->set_error_handler([this](const std::string&) {
    ++lost_;
    ++handled_;
  });
}

void log_file::write(const log_event& event) noexcept {
  try {
    enqueue(to_json(event));
  } catch (...) {
    ++lost_;
  }
}

void log_file::lost(const log_loss& loss) noexcept {
  told_ += loss.total();
}

/// A line may come only in a long time: an empty one has the thread report.
bool log_file::settle() noexcept {
  if (pending())
    return false;
  if (reported_ == dropped())
    return true;
  try {
    if (clock::now().time_since_epoch().count() >= next_report_)
      enqueue({});
  } catch (...) {
    // Out of memory: the next time.
  }
  return false;
}

sink_loss log_file::own_loss() const noexcept {
  return {"file", settings_.app, lost_here(), error_};
}

void log_file::drain(std::chrono::milliseconds patience) noexcept {
  for (auto end = clock::now() + patience; pending() && clock::now() < end;)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

uint64_t log_file::dropped() const noexcept {
  return told_ + lost_here();
}

uint64_t log_file::lost_here() const noexcept {
  auto queue = queue_.load();
  return lost_ + (queue ? queue->overrun_counter() : 0);
}

bool log_file::pending() const noexcept {
  auto queue = queue_.load();
  return queue && queued_ > handled_ + queue->overrun_counter();
}

void log_file::enqueue(std::string_view line) {
  ++queued_;
  logger_->log(spdlog::level::info,
               spdlog::string_view_t{line.data(), line.size()});
}

void log_file::take(std::string_view line) noexcept {
  if (clock::now().time_since_epoch().count() >= next_report_)
    report();
  if (!line.empty())
    if (auto error = file_->append(line); error != 0) {
      error_ = error;
      ++lost_;
    }
  ++handled_;
}

/// What cannot be reported now is reported with what is lost until then.
void log_file::report() noexcept {
  auto total = dropped();
  if (total == reported_)
    return;
  next_report_
    = (clock::now() + settings_.report_interval).time_since_epoch().count();
  try {
    auto event
      = loss_report({"file", settings_.app, total - reported_, error_});
    if (file_->append(to_json(event)) == 0)
      reported_ = total;
  } catch (...) {
    // Out of memory: the next time.
  }
}

void log_file::end() noexcept {
  report();
  auto queue = queue_.exchange(nullptr);
  lost_ += queue->overrun_counter();
}

} // namespace rr
