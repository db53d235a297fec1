// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <caf/error.hpp>

#include "app/options.hpp"
#include "messages/log_event.hpp"
#include "messages/log_forwarding.hpp"

namespace rr {

/// What `robot-runtime logs` shows, and how.
struct log_view {
  log_level level = log_level::info;
  /// JSON lines, or lines for people, coloured on a terminal only.
  bool as_json = false;
  /// After so many events it ends; never without.
  std::optional<uint64_t> count;
};

/// Prints events from the log forwarder's frontend that the options name, until
/// SIGINT, SIGTERM, the end of the reader of standard output, or the count. The
/// runtime may end and come back meanwhile; while none is there it says so once
/// on standard error, and waits.
/// @returns what became of the events.
caf::expected<log_subscriber_status> follow_frontend(const options& opts,
                                                     const log_view& view);

/// The same of JSON lines from standard input, until its end.
log_subscriber_status follow_standard_input(const log_view& view);

} // namespace rr
