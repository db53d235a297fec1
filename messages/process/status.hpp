// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "messages/process/process.hpp"

namespace rr {

/// What the Application knows of the robot.
struct robot_status {
  /// `starting`, `running` or `stopping`.
  std::string state;
  /// In the configuration's order.
  std::vector<process_status> processes;
  /// Whether it has been stopped in an emergency that must be reset.
  bool latched = false;
  /// Of every process; see `process_status`.
  std::string containment = {};
  friend bool operator==(const robot_status&, const robot_status&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, robot_status& x) {
  return f(caf::meta::type_name("robot_status"), x.state, x.processes,
           x.latched, x.containment);
}

} // namespace rr
