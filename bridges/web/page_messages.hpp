// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/telemetry/device_readings.hpp"
#include "messages/control/gamepad.hpp"
#include "messages/json.hpp"
#include "messages/log/log_event.hpp"
#include "messages/process/stop.hpp"
#include "messages/telemetry/control_view.hpp"

namespace rr {

// The subprotocol `robot-runtime.v1`, docs/protocol.md.

/// Of either of both: which is absent stays as it is, and null ends it.
struct page_subscription {
  enum class change : uint8_t { none, begin, end };

  change log = change::none;
  log_level level = log_level::info;
  change values = change::none;
  /// UIDs, names, or TYPE:NUMBER; one that is `*` means all.
  std::vector<std::string> uids;
  /// A second, 1 to 60.
  double rate = 10;
};

struct page_take_control {};

struct page_stop {
  /// Empty where none is given.
  std::string reason;
};

/// What is to become of one process.
struct page_order {
  enum class kind : uint8_t { start, stop, restart };

  std::string process;
  kind what = kind::start;
};

/// A person's request of a value.
struct page_request {
  std::string device;
  std::string parameter;
  json value;
};

/// Why the robot has stopped before.
struct page_explanation {
  /// Ends at once: each has at most 64 KiB, and 1 MiB may wait for a client.
  static inline constexpr size_t most_ends = 8;

  /// How many, the newest first: 1 to `most_ends`.
  size_t last = 1;
};

using page_demand
  = std::variant<page_subscription, gamepad_input, page_take_control, page_stop,
                 page_order, page_request, page_explanation>;

/// What a client has said.
struct page_words {
  /// Number or text; null for none.
  json id;
  /// The error is of what makes no sense: `ec::malformed`.
  caf::expected<page_demand> demand;
  /// Whether they are about a gamepad, as far as that can be told.
  bool is_gamepad = false;
};

/// Reads a text of anybody.
page_words read_page_words(std::string_view text);

// -- what the robot says, as JSON texts ---------------------------------------

std::string page_state(uint64_t seq, const json& whole);
std::string page_changes(uint64_t seq, std::string_view changes);

/// @param client who is told.
std::string page_control(const control_view& view, std::string_view client);

std::string
page_log(const std::vector<std::shared_ptr<const log_event>>& events,
         uint64_t missed);

std::string page_devices(const device_round& devices);

std::string page_values_text(const std::vector<const device_reading*>& changed,
                             uint64_t skipped);

std::string page_stopped(const stop_cord_pulled& stop);

/// @param id null for none.
/// @param result an object, of whose members each is told; or null.
std::string page_done(const json& id, const json& result);
std::string page_error(const json& id, std::string_view what);

} // namespace rr
