// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "messages/device/catalog.hpp"
#include "messages/json.hpp"
#include "messages/log/log_event.hpp"
#include "messages/telemetry/control_view.hpp"

namespace rr {

/// One kind of what is told live to tools (Foxglove's protocol) and kept in the
/// black box (MCAP), encoded as `json` with a JSON Schema.
///
/// Schemas keep to what Foxglove and Lichtblick read of JSON Schema: each value
/// has one type, each object names its properties, and there are neither
/// references nor arrays of arrays. What there is none of is therefore left out
/// of a message, and never null.
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

/// Of `state_message`.
telemetry_topic state_topic();

/// Of `control_message`.
telemetry_topic control_topic();

/// Of `device_message`.
/// @param name of `device.names`, else the UID in decimal, or TYPE:NUMBER of
///             what has none.
telemetry_topic device_topic(const std::string& name, const device_type& type);

/// A `foxglove.Log`: `timestamp` (`sec`, `nsec`), `level` (1 for debug to 5 for
/// critical), `message` (the event and its further fields), `name` (the
/// process, else the app), `file` (empty), `line` (0). Control characters and
/// bytes that are not UTF-8 are made visible.
json log_message(const log_event& event);

/// The whole status of the robot, as `robot-runtime status --format=json`
/// prints it, without what is null.
json state_message(const json& status);

/// `{ "driver": NAME, "gamepads": { "<index>": { "connected", "lx", "ly", "rx",
/// "ry", "btn" } } }`; the driver's name is empty for nobody.
json control_message(const control_view& view);

/// Whether a device's message has the parameter: an array of more than 1 KiB is
/// left out.
bool is_told(const parameter& param) noexcept;

/// `{ "current": { param: value }, "requested": { param: value } }` of a
/// device: those of the type's parameters that are readable, and those that are
/// writeable and have been requested. An array of several dimensions is one
/// array, the last dimensions' values side by side.
/// @param current values by the names of their parameters, as `decode_value`
///                makes them; what is no parameter is left out.
/// @param requested the same, and null for what nobody has requested.
json device_message(const device_type& type, const json& current,
                    const json& requested);

/// A message's text. Bytes that are not UTF-8 become U+FFFD.
std::string message_text(const json& message);

} // namespace rr
