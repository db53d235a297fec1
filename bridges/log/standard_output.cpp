// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/standard_output.hpp"

#include <csignal>
#include <unistd.h>

#include <algorithm>

#include "bridges/log/standard_output_sink.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Bulk lines that wait for room: what a child says last is what matters.
constexpr size_t max_spare = 64;

spdlog::level::level_enum level_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
    case log_level::critical:
      return spdlog::level::critical;
  }
  return spdlog::level::critical;
}

/// With SIGPIPE blocked a reader that is gone is an error of `write`, with
/// SIGTTOU blocked a background job may write to its terminal.
void block_all_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

} // namespace

class standard_output::queue_user {
public:
  explicit queue_user(const standard_output& output) noexcept
    : output_(output) {
    ++output_.writing_;
  }

  queue_user(const queue_user&) = delete;
  queue_user& operator=(const queue_user&) = delete;

  ~queue_user() {
    if (--output_.writing_ == 0 && output_.closed_)
      output_.writing_.notify_all();
  }

private:
  const standard_output& output_;
};

caf::expected<std::shared_ptr<standard_output>>
standard_output::make(standard_output_settings settings) {
  if (settings.queue == 0)
    return caf::make_error(ec::bad_configuration,
                           "cannot make a log queue of 0 events: "
                           "1 is the least");
  auto what = "cannot write the log to descriptor "
              + std::to_string(settings.fd);
  try {
    auto writer = descriptor_writer::make(settings.fd);
    if (!writer)
      return std::move(writer.error());
    auto result = std::shared_ptr<standard_output>{
      new standard_output(std::move(settings))};
    result->start(std::move(*writer));
    return result;
  } catch (const std::exception& e) {
    return caf::make_error(ec::system_error, what + ": " + e.what());
  }
}

standard_output::standard_output(standard_output_settings settings)
  : settings_(std::move(settings)),
    coloured_(::isatty(settings_.fd) != 0) {
}

standard_output::~standard_output() {
  close();
}

void standard_output::write(const log_event& event) noexcept {
  if (event.level < settings_.level)
    return;
  auto user = queue_user{*this};
  if (closed_)
    return;
  try {
    if (event.is_bulk)
      write_bulk(event);
    else
      enqueue(event.level, format(event));
  } catch (...) {
    sink_->count_lost();
  }
}

void standard_output::lost(const log_loss& loss) noexcept {
  auto user = queue_user{*this};
  if (closed_)
    return;
  told_ += loss.total();
  sink_->count_lost(loss.total());
}

bool standard_output::settle() noexcept {
  auto user = queue_user{*this};
  if (closed_)
    return true;
  std::lock_guard guard{spare_mutex_};
  try {
    move_spare(settings_.queue);
  } catch (...) {
    // Out of memory: the next time.
  }
  return spare_.empty()
         && queued_ <= sink_->handled() + pool_->overrun_counter();
}

sink_loss standard_output::own_loss() const noexcept {
  return {"standard-output", settings_.app, dropped() - told_,
          sink_->last_error()};
}

void standard_output::close() noexcept {
  std::call_once(close_once_, [this] {
    closed_ = true;
    for (auto n = writing_.load(); n != 0; n = writing_.load())
      writing_.wait(n);
    // Without a thread there is nothing to end.
    if (!pool_)
      return;
    queue_rest();
    dropped_ = sink_->lost();
    sink_->finish();
    // Joins. No line can push out the message that ends the thread any more,
    // and the sink makes room for it.
    pool_.reset();
    dropped_ = sink_->lost();
  });
}

uint64_t standard_output::dropped() const noexcept {
  auto user = queue_user{*this};
  return closed_ ? dropped_.load() : sink_->lost();
}

void standard_output::start(std::unique_ptr<descriptor_writer> writer) {
  sink_ = std::make_shared<standard_output_sink>(
    std::move(writer), [this](uint64_t count) { return format_report(count); },
    settings_.report_interval);
  pool_ = std::make_shared<spdlog::details::thread_pool>(
    2 * settings_.queue, 1, block_all_signals, [sink = sink_] { sink->end(); });
  sink_->feed_from(*pool_);
  logger_ = std::make_shared<spdlog::async_logger>(
    "standard output", sink_, pool_,
    spdlog::async_overflow_policy::overrun_oldest);
  logger_->set_level(spdlog::level::trace);
  logger_->set_error_handler(
    [sink = sink_](const std::string&) { sink->count_lost(); });
}

void standard_output::enqueue(log_level level, const std::string& line) {
  ++queued_;
  logger_->log(level_of(level), line);
  sink_->line_queued();
}

/// Bulk leaves half of the room to others.
void standard_output::write_bulk(const log_event& event) {
  std::lock_guard guard{spare_mutex_};
  move_spare(settings_.queue);
  if (spare_.empty() && pool_->queue_size() < settings_.queue)
    return enqueue(event.level, format(event));
  spare_.push_back(format(event));
  if (spare_.size() <= max_spare)
    return;
  spare_.pop_front();
  sink_->count_lost();
}

/// Puts lines that found no room into the queue, up to this size of it.
void standard_output::move_spare(size_t room) {
  for (; !spare_.empty() && pool_->queue_size() < room; spare_.pop_front())
    enqueue(log_level::info, spare_.front());
}

/// Puts the last bulk lines into what room is left.
void standard_output::queue_rest() noexcept {
  auto room = 2 * settings_.queue;
  auto used = std::min(pool_->queue_size(), room);
  for (; spare_.size() > room - used; spare_.pop_front())
    sink_->count_lost();
  try {
    move_spare(room);
  } catch (...) {
    // Out of memory.
  }
  sink_->count_lost(spare_.size());
}

std::string standard_output::format(const log_event& event) const {
  if (settings_.format == log_format::json_lines)
    return to_json(event);
  return to_pretty(event, coloured_);
}

std::string standard_output::format_report(uint64_t count) const {
  return format(loss_report(
    {"standard-output", settings_.app, count, sink_->last_error()}));
}

} // namespace rr
