// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string>

#include "messages/device/catalog.hpp"
#include "messages/json.hpp"
#include "messages/log/log_event.hpp"
#include "messages/telemetry/control_view.hpp"

namespace rr {

/// One kind of what is told live to tools (Foxglove's protocol) and kept in the
/// black box (MCAP), encoded as `json` with a JSON Schema.
struct telemetry_topic {
  /// `/log`, `/robot/state`, `/control` or `/devices/NAME`.
  std::string name;
  /// Such as `foxglove.Log`.
  std::string schema_name;
  /// The JSON Schema's text.
  std::string schema;
  friend bool operator==(const telemetry_topic&, const telemetry_topic&)
    = default;
};

/// Of `log_message`.
telemetry_topic log_topic();

/// Of the whole status of the robot.
telemetry_topic state_topic();

/// Of `control_message`.
telemetry_topic control_topic();

/// Of `{ "current": { param: value }, "requested": { param: value } }` of a
/// device: those of the type's parameters that are readable, and those that are
/// writeable and have been requested.
/// @param name of `device.names`, else the UID in decimal, or TYPE:NUMBER of
///             what has none.
telemetry_topic device_topic(const std::string& name, const device_type& type);

/// A `foxglove.Log`: `timestamp` (`sec`, `nsec`), `level` (1 for debug to 5 for
/// critical), `message` (the event and its further fields), `name` (the
/// process, else the app), `file` (empty), `line` (0).
json log_message(const log_event& event);

/// `{ "driver": NAME or null, "gamepads": { "<index>": { "connected", "lx",
/// "ly", "rx", "ry", "btn" } } }`.
json control_message(const control_view& view);

} // namespace rr
