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
  : settings_(std::move(settings)),
    file_(std::move(file)) {
}

void log_file::write(const log_event& event) noexcept {
  settle();
  if (!append(event))
    ++lost_;
}

void log_file::lost(const log_loss& loss) noexcept {
  told_ += loss.total();
}

bool log_file::settle() noexcept {
  if (reported_ != dropped() && clock::now() >= next_report_)
    report();
  return reported_ == dropped();
}

void log_file::end() noexcept {
  if (reported_ != dropped())
    report();
}

sink_loss log_file::own_loss() const noexcept {
  return {"file", settings_.app, lost_, error_};
}

uint64_t log_file::dropped() const noexcept {
  return told_ + lost_;
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

/// What cannot be reported now is reported with what is lost until then.
void log_file::report() noexcept {
  next_report_ = clock::now() + settings_.report_interval;
  auto total = dropped();
  try {
    if (append(loss_report({"file", settings_.app, total - reported_, error_})))
      reported_ = total;
  } catch (...) {
    // Out of memory: the next time.
  }
}

} // namespace rr
