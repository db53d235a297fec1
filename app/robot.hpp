// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <memory>

#include "app/host.hpp"
#include "bridges/control_session.hpp"

namespace rr {

/// A robot that runs: a host with children, a router, and the broker.
class robot {
public:
  /// @see host
  robot(const options& opts, std::shared_ptr<log_output> output);

  /// Opens the bridges and makes the Application. Starts no child.
  caf::error open();

  /// Runs until nothing of the robot is left. Called once, after `open`.
  /// @returns the exit code of `run`.
  int run();

private:
  caf::error open_control();
  remote_service_actor make_broker(const application_actor& root);

  host host_;
  std::shared_ptr<control_session> control_;
  std::chrono::steady_clock::time_point started_at_
    = std::chrono::steady_clock::now();
};

} // namespace rr
