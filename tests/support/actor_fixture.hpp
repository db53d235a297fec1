// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/actor_system_config.hpp>

#include "messages/error.hpp"
#include "messages/fwd.hpp"
#include "tests/support/recording_log_output.hpp"

// Defines macros such as `expect` and `inject`, and must come last.
#define FAIL CAF_FAIL
#include <caf/test/dsl.hpp>

namespace rr {

struct test_config : caf::actor_system_config {
  test_config() {
    register_messages(*this);
  }
};

/// A deterministic actor system, and a log that keeps its events.
struct actor_fixture : test_coordinator_fixture<test_config> {
  std::shared_ptr<recording_log_output> events
    = std::make_shared<recording_log_output>();
  event_log log{events, "robot"};

  /// The error that a request is answered with; fails the test on success.
  template <class... Ts, class Handle, class... Us>
  caf::error request_error(const Handle& hdl, Us... args) {
    auto pending = self->request(hdl, caf::infinite, std::move(args)...);
    sched.run();
    caf::error result;
    pending.receive([&](const Ts&...) { CAF_FAIL("unexpected success"); },
                    [&](caf::error& what) { result = std::move(what); });
    return result;
  }

  /// The reason for the end of a monitored actor; fails the test while it
  /// lives.
  caf::error end_of(const caf::actor_addr& who) {
    caf::error result;
    auto ended = false;
    self->receive(
      [&](caf::down_msg& msg) {
        CAF_CHECK_EQUAL(msg.source, who);
        result = std::move(msg.reason);
        ended = true;
      },
      caf::after(std::chrono::seconds{0}) >> [] {});
    CAF_CHECK(ended);
    return result;
  }

  /// Whether nothing that is monitored has ended since the last look.
  bool nothing_ended() {
    auto result = false;
    self->receive([](caf::down_msg&) {}, caf::after(std::chrono::seconds{0}) >>
                                           [&] { result = true; });
    return result;
  }
};

} // namespace rr
