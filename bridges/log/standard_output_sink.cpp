// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/standard_output_sink.hpp"

namespace rr {

standard_output_sink::standard_output_sink(
  std::unique_ptr<descriptor_writer> writer, report_function report,
  clock::duration interval)
  : writer_(std::move(writer)),
    report_(std::move(report)),
    interval_(interval) {
}

void standard_output_sink::feed_from(
  spdlog::details::thread_pool& queue) noexcept {
  queue_ = &queue;
}

void standard_output_sink::log(const spdlog::details::log_msg& line) {
  report_when_due();
  buffer_.assign(line.payload.data(), line.payload.size());
  buffer_ += '\n';
  if (!writer_->write(buffer_))
    count_lost();
  ++handled_;
  if (all_reported())
    return;
  // No line may come for a long time: wait here for the time to report. What
  // wakes this thread may be a line that it has written already.
  waits_ = true;
  while (queue_->queue_size() == 0 && !writer_->wait_until(next_report_)) {
  }
  waits_ = false;
  report_when_due();
}

void standard_output_sink::flush() {
  // Nothing is kept back.
}

void standard_output_sink::set_pattern(const std::string&) {
  // Lines come finished.
}

void standard_output_sink::set_formatter(std::unique_ptr<spdlog::formatter>) {
  // Lines come finished.
}

void standard_output_sink::end() noexcept {
  lost_ += queue_->overrun_counter();
  queue_ = nullptr;
  try {
    if (auto count = lost() - reported_; count > 0)
      writer_->try_write(report_(count) + '\n');
  } catch (...) {
    // Out of memory: `lost` still tells.
  }
}

void standard_output_sink::count_lost(uint64_t count) noexcept {
  lost_ += count;
}

void standard_output_sink::line_queued() noexcept {
  if (waits_)
    writer_->wake();
}

void standard_output_sink::finish() noexcept {
  writer_->finish();
}

uint64_t standard_output_sink::lost() const noexcept {
  return lost_ + (queue_ ? queue_->overrun_counter() : 0);
}

void standard_output_sink::report_when_due() {
  auto now = clock::now();
  if (now < next_report_)
    return;
  auto total = lost();
  if (total == reported_)
    return;
  next_report_ = now + interval_;
  if (writer_->write(report_(total - reported_) + '\n'))
    reported_ = total;
}

bool standard_output_sink::all_reported() const noexcept {
  return lost() == reported_;
}

} // namespace rr
