// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <caf/error.hpp>

#include "app/config/options.hpp"
#include "messages/log/log_event.hpp"
#include "messages/log/log_forwarding.hpp"

namespace rr {

/// What `robot-runtime logs` shows, and how.
struct log_view {
  log_level level = log_level::info;
  /// JSON lines, or lines for people, coloured on a terminal only.
  bool as_json = false;
  /// After so many events it ends; never without.
  std::optional<uint64_t> count;
  /// After this it ends, whatever it waits for; never without.
  std::optional<caf::timespan> timeout;
};

/// Prints events from the first that answers of the log forwarder's frontends
/// that the options name, until SIGINT, SIGTERM, the end of the reader of
/// standard output, the count, or the time-out. The runtime may end and come
/// back meanwhile; while none is there it says so once on standard error, and
/// waits.
/// @returns what became of the events; `ec::system_error` when they cannot be
///          written, `ec::call_timed_out` when the time was over before a
///          runtime answered or before the count.
caf::expected<log_subscriber_status> follow_frontend(const options& opts,
                                                     const log_view& view);

/// The same of JSON lines from standard input, until its end.
caf::expected<log_subscriber_status>
follow_standard_input(const log_view& view);

} // namespace rr
