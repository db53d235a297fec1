// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string_view>

#include "tests/support/supervisor_fixture.hpp"

namespace rr {

/// A supervisor whose child says itself when it is ready, within ten seconds.
struct readiness_fixture : supervisor_fixture {
  readiness_fixture() {
    settings.ready.kind = readiness::notify;
    settings.ready.timeout = std::chrono::seconds{10};
  }

  child_news& news() {
    return starter.news["camera"];
  }

  /// Lets the supervisor hear what is in the news.
  void notify() {
    starter.listeners.at("camera").notified();
    sched.run();
  }

  void become_ready() {
    news().ready = true;
    notify();
  }

  void start_with_watchdog() {
    settings.ready.watchdog = std::chrono::seconds{1};
    start_and_run();
    become_ready();
  }

  /// A heartbeat, of which nobody is told.
  void beat() {
    news().heartbeat = sched.clock().now();
  }

  static log_fields::value_type field(const log_event& event,
                                      std::string_view name) {
    for (const auto& each : event.fields)
      if (each.name == name)
        return each;
    CAF_FAIL("no " << name);
  }

  template <class Order>
  auto order(Order what) {
    auto pending = self->request(supervisor, caf::infinite, what);
    sched.run();
    return pending;
  }
};

} // namespace rr
