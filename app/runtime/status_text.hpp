// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bridges/system/hold_list.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/call/routing.hpp"
#include "messages/control/control.hpp"
#include "messages/device/device_update.hpp"
#include "messages/log/log_forwarding.hpp"
#include "messages/process/status.hpp"
#include "messages/record/stop_statistics.hpp"
#include "messages/telemetry/web_status.hpp"

namespace rr {

/// What `status` tells of one process: `name`, `pid`, `state`, `restarts`,
/// `last_exit`, `last_end`, `cpu` in seconds, `resident_kib`, `containment`,
/// `limits` (those that are set), `ready`, `since` (of state and readiness),
/// `waiting_for` (names), `status_text` (what it says of itself, or empty),
/// `startup` (`began` and `ready` in seconds since the robot's start, `after`);
/// what there is none of is null.
json status_as_json(const process_status& process);

/// What is known of the whole runtime.
struct runtime_status {
  /// `application.name`.
  std::string name;
  std::chrono::nanoseconds uptime{};
  robot_status robot;
  /// The first one first.
  std::vector<hold> held_by;
  router_status router;
  log_forwarder_status forwarder;
  log_publisher_status publisher;
  /// Of what other programs publish.
  log_subscriber_status reader;
  control_status control;
  /// None without devices.
  std::optional<update_status> update;
  /// None without a page.
  std::optional<web_status> web;
  /// How fast emergency stops were.
  stop_statistics stops;
  /// The name of the last file of the black box; empty before.
  std::string last_record = {};
  /// The broker's own.
  remote_service_status broker;
  /// How many descriptors the runtime may have.
  uint64_t descriptor_limit = 0;
  /// Connections refused because too few were left.
  uint64_t refused_connections = 0;
};

/// What `robot-runtime status` prints, section 1 of the contract: `name`,
/// `state`, `uptime` in seconds, `latched`, `held_by`, `containment`,
/// `processes`, `endpoints`, the router's counters by direction, the log's, and
/// the page's as `web`, if there is one.
json status_as_json(const runtime_status& runtime);

} // namespace rr
