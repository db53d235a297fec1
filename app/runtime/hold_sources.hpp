// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "app/runtime/hold_watch.hpp"
#include "bridges/buffer/buffer_registry.hpp"
#include "bridges/control/control_session.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "messages/device/catalog.hpp"
#include "messages/device/device_names.hpp"

namespace rr {

/// Whether something loses what it is given, told by its counter: from a look
/// that finds more lost on, until looks find no more for a while. A fault that
/// comes back soon is taken for the same one, and is longer waited for each
/// time: it does not flicker.
class loss_hold {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds first_quiet{300};
  static constexpr std::chrono::seconds longest_quiet{30};

  /// @param lost so far.
  /// @param usable whether it would take something now, as far as one can see.
  /// @returns whether it holds.
  bool update(uint64_t lost, bool usable, time_point now) noexcept;

private:
  uint64_t lost_ = 0;
  bool holds_ = false;
  /// Of the last loss, and of the last release.
  time_point last_;
  time_point released_;
  std::chrono::milliseconds quiet_ = first_quiet;
};

/// `no driver`, while nobody holds control.
hold_watch_settings::look
look_at_driver(std::shared_ptr<control_session> control);

/// `standard output loses events`, `the log file loses events: WHY`, and so on
/// for each output of the log.
hold_watch_settings::look look_at_log(std::shared_ptr<log_dispatcher> log);

/// `connections are refused: too few descriptors are left`.
hold_watch_settings::look look_at_descriptors();

/// `device NAME is not there`, for each of `device.names`.
hold_watch_settings::look
look_at_devices(std::shared_ptr<buffer_registry> buffers, device_names names);

/// Tells of the parameters of which nothing can be requested once the robot is
/// disabled, for they have no safe value. They do not change.
void hold_for_unsafe(hold_list& holds, const catalog& types);

} // namespace rr
