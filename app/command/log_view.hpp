// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <caf/timespan.hpp>

#include "app/command/pipeline_output.hpp"
#include "messages/json.hpp"
#include "messages/log/log_event.hpp"

namespace rr {

/// Which events a reader of the log wants.
struct log_filter {
  log_level level = log_level::info;
  /// What this process says, and what is said of it.
  std::optional<std::string> process = {};
  /// Text that the event or one of its fields has.
  std::optional<std::string> text = {};
  /// No older ones.
  std::optional<std::chrono::system_clock::time_point> since = {};

  /// @pre the event was accepted by `decode_log_event` or `parse_log_line`.
  bool wants(log_level of, const json& event) const;
};

/// When an event happened, if it says so.
std::optional<std::chrono::system_clock::time_point> time_of(const json& event);

/// What `robot-runtime logs` shows, and how.
struct log_view {
  log_filter filter;
  /// JSON lines, or lines for people, coloured on a terminal only.
  bool as_json = false;
  /// After so many events it ends; never without.
  std::optional<uint64_t> count;
  /// After this it ends, whatever it waits for; never without.
  std::optional<caf::timespan> timeout;
};

/// Turns events into lines, as many as are wanted.
class line_maker {
public:
  /// @param view outlives it.
  explicit line_maker(const log_view& view);

  void add(log_level level, const json& event);

  bool done() const noexcept {
    return view_.count && made_ >= *view_.count;
  }

  uint64_t made() const noexcept {
    return made_;
  }

  /// Writes what is there.
  /// @returns whether to go on.
  bool write_to(pipeline_output& output);

private:
  const log_view& view_;
  bool coloured_;
  uint64_t made_ = 0;
  std::string lines_;
};

} // namespace rr
