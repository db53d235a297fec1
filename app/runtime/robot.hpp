// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <memory>

#include "app/runtime/host.hpp"
#include "app/runtime/robot_devices.hpp"
#include "bridges/control/control_session.hpp"
#include "messages/device/catalog.hpp"

namespace rr {

/// The robot that `run` runs: a host with children, a router, the log, devices,
/// a driver, and the broker.
class robot {
public:
  /// @param types what `device.catalog` says; without any there is no buffer
  ///              store, and updates tell of no device.
  /// @see host
  robot(const options& opts, catalog types,
        std::shared_ptr<log_dispatcher> log);

  /// Opens the bridges and makes the Application. Starts no child.
  caf::error open();

  /// Runs until nothing of the robot is left. Called once, after `open`.
  /// @returns the exit code of `run`.
  int run();

private:
  caf::error open_devices();
  caf::error open_updates();
  caf::error open_control();
  std::shared_ptr<gamepad_writer> gamepads() const;
  remote_service_actor make_broker(const application_actor& root);

  catalog types_;
  /// None without a catalog. Threads of the host use it.
  std::unique_ptr<robot_devices> devices_;
  host host_;
  /// None without a catalog.
  buffer_store_actor store_;
  update_publisher_actor update_publisher_;
  std::shared_ptr<control_session> control_;
  std::chrono::steady_clock::time_point started_at_
    = std::chrono::steady_clock::now();
};

} // namespace rr
