// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string_view>

#include <caf/expected.hpp>

#include "app/config/options.hpp"
#include "bridges/buffer/buffer_registry.hpp"
#include "bridges/buffer/heartbeat.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/device/catalog.hpp"
#include "messages/device/device_names.hpp"

namespace rr {

class host;

/// `device.names` of these.
device_names names_of_devices(const options& opts);

/// The memory of a robot's devices: whether it is enabled, the buffers, and the
/// heartbeat that keeps others from taking it for dead. Its end disables the
/// robot.
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

  /// From now on the robot is enabled only while the host's threads and its
  /// Application answer. After `open_application`.
  void beat_while_alive(const host& owner);

  /// Ends the heartbeat. Before the host's end.
  void stop_beating() {
    heartbeat_.reset();
  }

  /// From any thread.
  void disable(std::string_view reason) const noexcept {
    state_->disable(reason);
  }

  const std::shared_ptr<buffer_registry>& buffers() const noexcept {
    return buffers_;
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
  std::unique_ptr<heartbeat> heartbeat_;
};

} // namespace rr
