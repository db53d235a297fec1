// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "bridges/log/event_log.hpp"
#include "bridges/process/output_reader.hpp"

namespace rr {

/// Fields of an event in a child's line; one with more stays text.
constexpr size_t max_line_fields = 64;

/// The event that a whole line is, as `to_json` writes it: its level, time,
/// `app` and fields are kept, with `stream`, `process` and `pid` of the line.
/// `source`, `seq` and `transmit` are not for a child to say, and are left out;
/// a field that is a list or a map becomes its JSON. A line that is too long,
/// not UTF-8, nested deeper than 32, or has a key twice is none.
std::optional<log_event> event_of(const output_line& line);

/// Logs a line of a child's output: the event that it is, or one whose text is
/// the line.
/// @param log whose events are bulk.
/// @param output where it goes.
/// @param app of events that have none.
void report_line(const event_log& log, log_output& output,
                 const std::string& app, const output_line& line);

} // namespace rr
