// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/standard_output.hpp"

#include <unistd.h>

#include <exception>
#include <utility>

namespace rr {

caf::expected<std::shared_ptr<standard_output>>
standard_output::make(standard_output_settings settings) {
  auto writer = descriptor_writer::make(settings.fd);
  if (!writer)
    return std::move(writer.error());
  return std::shared_ptr<standard_output>{
    new standard_output(std::move(settings), std::move(*writer))};
}

standard_output::standard_output(standard_output_settings settings,
                                 std::unique_ptr<descriptor_writer> writer)
  : settings_(std::move(settings)),
    writer_(std::move(writer)),
    coloured_(::isatty(settings_.fd) != 0) {
}

void standard_output::write(const log_event& event) noexcept {
  if (event.level < settings_.level)
    return;
  settle();
  try {
    if (writer_->write(line_of(event)))
      return;
  } catch (...) {
    // Out of memory.
  }
  ++lost_;
}

void standard_output::lost(const log_loss& loss) noexcept {
  told_ += loss.total();
}

bool standard_output::settle() noexcept {
  auto total = dropped();
  if (total == reported_)
    return true;
  if (auto now = clock::now(); now >= next_report_) {
    next_report_ = now + settings_.report_interval;
    try {
      if (writer_->write(report()))
        reported_ = total;
    } catch (...) {
      // Out of memory: the next time.
    }
  }
  return total == reported_;
}

void standard_output::hurry() noexcept {
  writer_->finish();
}

void standard_output::end() noexcept {
  try {
    if (dropped() != reported_)
      writer_->try_write(report());
  } catch (...) {
    // Out of memory: `dropped` still tells.
  }
}

sink_loss standard_output::own_loss() const noexcept {
  return {"standard-output", settings_.app, lost_, writer_->last_error()};
}

uint64_t standard_output::dropped() const noexcept {
  return told_ + lost_;
}

std::string standard_output::line_of(const log_event& event) const {
  auto is_json = settings_.format == log_format::json_lines;
  return (is_json ? to_json(event) : to_pretty(event, coloured_)) + '\n';
}

/// What is lost and not reported yet.
std::string standard_output::report() const {
  return line_of(loss_report({"standard-output", settings_.app,
                              dropped() - reported_, writer_->last_error()}));
}

} // namespace rr
