// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/log_file.hpp"

#include <utility>

namespace rr {

caf::expected<std::shared_ptr<log_file>>
log_file::make(log_file_settings settings) {
  auto file = rotating_file::open(settings.file);
  if (!file)
    return std::move(file.error());
  return std::shared_ptr<log_file>{
    new log_file(std::move(settings), std::move(*file))};
}

log_file::log_file(log_file_settings settings,
                   std::unique_ptr<rotating_file> file)
  : file_(std::move(file)),
    losses_("file", std::move(settings.app), settings.report_interval) {
}

void log_file::write(const log_event& event) noexcept {
  settle();
  if (!append(event))
    losses_.add();
}

void log_file::lost(const log_loss& loss) noexcept {
  losses_.add(loss);
}

bool log_file::settle() noexcept {
  return losses_.is_told()
         || losses_.report(loss_account::clock::now(), error_,
                           [this](const log_event& x) { return append(x); });
}

void log_file::end() noexcept {
  losses_.report_last(error_, [this](const log_event& x) { return append(x); });
}

sink_loss log_file::own_loss() const noexcept {
  return losses_.own(error_);
}

uint64_t log_file::dropped() const noexcept {
  return losses_.total();
}

/// @returns false when it is lost.
bool log_file::append(const log_event& event) noexcept {
  try {
    auto error = file_->append(to_json(event));
    if (error != 0)
      error_ = error;
    return error == 0;
  } catch (...) {
    // Out of memory.
    return false;
  }
}

} // namespace rr
