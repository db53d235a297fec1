// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "messages/telemetry/topics.hpp"

/// Foxglove's WebSocket protocol, `foxglove.websocket.v1`, as far as it is
/// spoken here: docs/spec.md of github.com/foxglove/ws-protocol at 5efa728.
/// What `foxglove.sdk.v1` has of it is the same.
namespace rr::foxglove {

/// A topic that a client may subscribe to.
struct channel {
  /// Never used again for another topic.
  uint32_t id = 0;
  telemetry_topic topic;
};

// -- from the robot -----------------------------------------------------------

/// @param session another one for each run of the robot.
std::string server_info(std::string_view name, std::string_view session);

std::string advertise(const std::vector<channel>& channels);

std::string unadvertise(const std::vector<uint32_t>& channel_ids);

enum class status_level : uint8_t { info = 0, warning = 1, error = 2 };

/// @param id a later status of the same id replaces it; empty for none.
std::string status(status_level level, std::string_view message,
                   std::string_view id = {});

/// A binary message.
std::string message_data(uint32_t subscription_id,
                         std::chrono::system_clock::time_point time,
                         std::string_view payload);

// -- from a client ------------------------------------------------------------

struct subscription {
  /// The client's choice.
  uint32_t id = 0;
  uint32_t channel_id = 0;
  friend bool operator==(const subscription&, const subscription&) = default;
};

struct subscribe {
  std::vector<subscription> subscriptions;
};

struct unsubscribe {
  std::vector<uint32_t> subscription_ids;
};

using request = std::variant<subscribe, unsubscribe>;

/// Reads a text of a client.
/// @returns `ec::malformed` for anything but these requests, with a text for
///          the client; what needs a capability that `server_info` does not
///          name is such a thing, too.
caf::expected<request> parse_request(std::string_view text);

} // namespace rr::foxglove
