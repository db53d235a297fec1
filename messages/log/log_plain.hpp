// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "messages/log/log_event.hpp"

namespace rr {

/// For what shows time, level and `subject_of` by itself: what happened, then
/// the fields, `name=value` in their order, and below them the lines of values
/// that have several. A line of a child's output is its text alone. Made
/// visible as by `to_pretty`.
std::string to_plain(const log_event& event);

/// What an event is about: the process, else the app. Made visible.
std::string subject_of(const log_event& event);

/// An entry of systemd's journal, in its native protocol: `MESSAGE`
/// (`to_plain`), `PRIORITY`, `SYSLOG_IDENTIFIER` (`subject_of`), `RR_EVENT`,
/// `RR_APP`, `RR_TIMESTAMP`, and `RR_` with its name in capitals for each
/// field, such as `RR_PROCESS`.
std::string to_journal(const log_event& event);

} // namespace rr
