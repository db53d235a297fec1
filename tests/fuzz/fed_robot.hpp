// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <utility>

#include "bridges/telemetry/telemetry_feed.hpp"
#include "messages/log/log_event.hpp"

namespace rr::fuzz {

/// A robot of which nothing is there but what it tells.
struct fed_robot {
  std::shared_ptr<telemetry_feed> feed = std::make_shared<telemetry_feed>();
  uint64_t states = 0;

  void tell_state() {
    telemetry_state state;
    state.seq = ++states;
    state.whole = std::make_shared<json>(json{{"name", "rover"}});
    state.changes = std::make_shared<json>(json{{"state", states}});
    feed->tell_state(std::move(state));
  }

  void tell_log() {
    auto event = std::make_shared<log_event>();
    event->event = "hello";
    feed->tell_log(std::move(event));
  }
};

} // namespace rr::fuzz
