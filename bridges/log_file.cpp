// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_file.hpp"

#include <csignal>
#include <utility>

#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include "messages/error.hpp"

namespace rr {

namespace {

void block_all_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

} // namespace

caf::expected<std::shared_ptr<log_file>>
log_file::make(log_file_settings settings) {
  auto what = "cannot write the log to " + settings.path;
  try {
    std::shared_ptr<log_file> result{new log_file(std::move(settings))};
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
  // Without a thread there is nothing to end.
  if (!pool_)
    return;
  try {
    if (auto left = dropped() - reported_; left > 0)
      report(left);
  } catch (...) {
    // Out of memory: `dropped` told.
  }
}

void log_file::start() {
  auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_st>(
    settings_.path, settings_.max_size, settings_.max_files - 1);
  sink->set_pattern("%v");
  pool_ = std::make_shared<spdlog::details::thread_pool>(settings_.queue, 1,
                                                         block_all_signals);
  logger_ = std::make_shared<spdlog::async_logger>(
    "log file", std::move(sink), pool_,
    spdlog::async_overflow_policy::overrun_oldest);
  logger_->set_level(spdlog::level::trace);
  logger_->flush_on(spdlog::level::trace);
  logger_->set_error_handler([this](const std::string&) { ++lost_; });
}

void log_file::write(const log_event& event) noexcept {
  try {
    logger_->log(spdlog::level::info, to_json(event));
  } catch (...) {
    ++lost_;
  }
}

void log_file::lost(const log_loss& loss) noexcept {
  lost_ += loss.total();
}

bool log_file::settle() noexcept {
  auto total = dropped();
  if (total == reported_)
    return true;
  if (clock::now() < next_report_)
    return false;
  next_report_ = clock::now() + settings_.report_interval;
  try {
    report(total - reported_);
    reported_ = total;
    return true;
  } catch (...) {
    return false;
  }
}

uint64_t log_file::dropped() const noexcept {
  return lost_ + pool_->overrun_counter();
}

void log_file::report(uint64_t count) {
  log_event event;
  event.event = "Log events dropped";
  event.level = log_level::warning;
  event.timestamp = std::chrono::system_clock::now();
  event.app = settings_.app;
  event.fields = {{"count", count}};
  logger_->log(spdlog::level::info, to_json(event));
}

} // namespace rr
