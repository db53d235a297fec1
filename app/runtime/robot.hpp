// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "app/runtime/host.hpp"
#include "app/runtime/robot_devices.hpp"
#include "app/runtime/robot_telemetry.hpp"
#include "app/runtime/runtime_watch.hpp"
#include "app/runtime/status_bell.hpp"
#include "bridges/black_box/black_box.hpp"
#include "bridges/control/control_session.hpp"
#include "bridges/system/hold_list.hpp"
#include "bridges/system/state_directory.hpp"
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

  ~robot();

  /// Sets how the configuration is read again; see `host::reread_by`. Before
  /// `open`.
  void reread_by(std::function<configuration_read()> read) {
    reread_ = std::move(read);
  }

  /// Opens the bridges and makes the Application. Starts no child.
  caf::error open();

  /// Runs until nothing of the robot is left. Called once, after `open`.
  /// @returns the exit code of `run`.
  int run();

private:
  caf::error open_telemetry();
  caf::error open_state();
  caf::error open_latch();
  caf::error open_holds();
  caf::error open_devices();
  caf::error open_watch();
  caf::error open_black_box(const run_start& run);
  void end_watch();
  caf::error open_updates();
  caf::error open_control();
  std::shared_ptr<gamepad_writer> gamepads() const;
  std::vector<web_protocol> web_protocols();
  caf::error open_web();
  broker_context context_of(const application_actor& root);

  catalog types_;
  std::function<configuration_read()> reread_;
  /// Null where it cannot be used, and no stop is to be latched.
  std::shared_ptr<state_directory> state_;
  std::shared_ptr<log_dispatcher> log_;
  /// What holds it back.
  std::shared_ptr<hold_list> holds_ = std::make_shared<hold_list>();
  /// Of the watch of what holds.
  std::shared_ptr<status_bell> hold_bell_ = std::make_shared<status_bell>();
  /// Whether the robot has ended, by which nothing is released or held: its
  /// last words have been said.
  std::shared_ptr<std::atomic<bool>> is_over_
    = std::make_shared<std::atomic<bool>>(false);
  /// None where nobody can watch. Threads of the host use it.
  std::unique_ptr<robot_telemetry> telemetry_;
  /// None without a catalog. Threads of the host use it.
  std::unique_ptr<robot_devices> devices_;
  /// The Application tells it of its stop, however late; its threads end before
  /// all that they watch.
  std::unique_ptr<runtime_watch> watch_;
  /// None where nothing is kept.
  std::shared_ptr<black_box> black_box_;
  host host_;
  /// None without a catalog.
  buffer_store_actor store_;
  update_publisher_actor update_publisher_;
  /// None without `web.address`.
  web_server_actor web_server_;
  /// None before the Application is made.
  remote_service_actor broker_;
  std::shared_ptr<control_session> control_;
  /// The same, once there is one, for the watch's thread.
  std::atomic<control_session*> watched_session_{nullptr};
  std::chrono::steady_clock::time_point started_at_
    = std::chrono::steady_clock::now();
};

} // namespace rr
