// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/standard_output.hpp"

#include <exception>
#include <utility>

#include "bridges/system/terminal.hpp"

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
    coloured_(takes_colours(settings_.fd)),
    losses_("standard-output", settings_.app, settings_.report_interval) {
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
  losses_.add();
}

void standard_output::lost(const log_loss& loss) noexcept {
  losses_.add(loss);
}

bool standard_output::settle() noexcept {
  return losses_.is_told()
         || losses_.report(loss_account::clock::now(), writer_->last_error(),
                           [this](const log_event& x) {
                             return writer_->write(line_of(x));
                           });
}

void standard_output::hurry() noexcept {
  writer_->finish();
}

void standard_output::end() noexcept {
  losses_.report_last(writer_->last_error(), [this](const log_event& x) {
    return writer_->try_write(line_of(x));
  });
}

sink_loss standard_output::own_loss() const noexcept {
  return losses_.own(writer_->last_error());
}

uint64_t standard_output::dropped() const noexcept {
  return losses_.total();
}

std::string standard_output::line_of(const log_event& event) const {
  auto is_json = settings_.format == log_format::json_lines;
  return (is_json ? to_json(event) : to_pretty(event, coloured_)) + '\n';
}

} // namespace rr
