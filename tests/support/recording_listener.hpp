// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "bridges/telemetry/telemetry_feed.hpp"

namespace rr::test {

/// Keeps what it is told, for a test of one thread to look at.
class recording_listener : public telemetry_listener {
public:
  void on_log(const std::shared_ptr<const log_event>& event) override {
    events.push_back(event->event);
  }

  void on_state(const telemetry_state& state) override {
    states.push_back(state);
  }

  void on_control(const control_view& control) override {
    controls.push_back(control);
  }

  void on_stopped(const stop_cord_pulled& stop) override {
    stops.push_back(stop);
  }

  std::vector<std::string> events;
  std::vector<telemetry_state> states;
  std::vector<control_view> controls;
  std::vector<stop_cord_pulled> stops;
};

/// An event with nothing but its text.
inline std::shared_ptr<const log_event>
event_of(std::string text, log_level level = log_level::info) {
  log_event result;
  result.event = std::move(text);
  result.level = level;
  return std::make_shared<const log_event>(std::move(result));
}

} // namespace rr::test
