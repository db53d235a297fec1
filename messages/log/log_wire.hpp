// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>
#include <nlohmann/json_fwd.hpp>

#include "messages/cbor/cbor_form.hpp"
#include "messages/log/log_event.hpp"

namespace rr {

/// Appends the wire form of an event, the CBOR of `[2, level, [event]]`; the
/// topic in front of it is the level's text. Bytes that are not UTF-8 become
/// U+FFFD. Fields named `source` or `seq` give way to the publisher's.
/// @param source unique per publisher, UTF-8.
/// @param seq from 1, per source and level.
void encode_log_event(const log_event& event, std::string_view source,
                      uint64_t seq, std::vector<uint8_t>& out);

/// The event of a payload that comes from anywhere: checked for form first.
/// Its `event` is text and its `level` one of ours, never `warn`; everything
/// else is as the publisher has it, or absent.
/// @returns `ec::malformed` for everything else; the text says what is wrong.
caf::expected<nlohmann::json>
decode_log_event(std::span<const std::byte> payload, cbor_limits limits);

/// The event of one line of JSON, as `to_json` writes it; otherwise as above.
caf::expected<nlohmann::json> parse_log_line(std::string_view line);

/// The level of an event that one of the two has accepted.
log_level level_of(const nlohmann::json& event);

/// One JSON object without a line feed, as `to_json` makes it: `event`,
/// `level`, `timestamp` and `app` first, then the rest.
/// @pre the event is an object.
std::string log_line(const nlohmann::json& event);

/// The event as this program's own, for `to_pretty`. What is neither text, a
/// number nor a truth value becomes its JSON; a `timestamp` that cannot be read
/// becomes the time of this call. `source` and `seq`, which are for programs,
/// are left out.
/// @pre one of the two has accepted the event.
log_event as_log_event(const nlohmann::json& event);

/// The time of `format_timestamp`, or of any text in that form with up to nine
/// digits of a fraction or none, which ends in `Z` or `+00:00`; from 1970 to
/// 2261, which is as far as the clock counts.
/// @returns `ec::malformed` for anything else.
caf::expected<std::chrono::system_clock::time_point>
parse_timestamp(std::string_view text);

} // namespace rr
