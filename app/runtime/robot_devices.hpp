// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string_view>

#include <caf/expected.hpp>

#include "app/config/options.hpp"
#include "bridges/buffer/buffer_registry.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/system/hold_list.hpp"
#include "messages/device/catalog.hpp"
#include "messages/device/device_names.hpp"

namespace rr {

class host;

/// `device.names` of these.
device_names names_of_devices(const options& opts);

/// The memory of a robot's devices: whether it is enabled, and the buffers. Its
/// end disables the robot, and so does a silence: somebody has to beat.
class robot_devices {
public:
  /// Takes the prefix, removes what a dead runtime has left there, and enables
  /// the robot.
  /// @returns `ec::system_error` when another runtime lives that has the
  ///          prefix, or when there is no room.
  static caf::expected<std::unique_ptr<robot_devices>>
  make(const options& opts, catalog types, event_log log);

  /// Has the host disable the robot before anything else, when its cord is
  /// pulled and when its end is forced. Before its cord is shared with another
  /// thread.
  void disable_by(host& owner) const;

  /// Says that the runtime lives; see `robot_state::beat`.
  void beat() const noexcept {
    state_->beat();
  }

  /// Has others see what holds the robot back. Before others have the list.
  void show(hold_list& holds) const;

  /// See `robot_state::begin_anew`.
  void begin_anew() const noexcept {
    state_->begin_anew();
  }

  /// From any thread.
  void disable(std::string_view reason) const noexcept {
    state_->disable(reason);
  }

  const std::shared_ptr<buffer_registry>& buffers() const noexcept {
    return buffers_;
  }

  std::shared_ptr<const robot_state> state() const noexcept {
    return state_;
  }

  const device_names& names() const noexcept {
    return names_;
  }

private:
  robot_devices(std::shared_ptr<robot_state> state,
                std::shared_ptr<buffer_registry> buffers, device_names names);

  std::shared_ptr<robot_state> state_;
  std::shared_ptr<buffer_registry> buffers_;
  device_names names_;
};

} // namespace rr
