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

/// The configuration of the actor system, with the messages of this project.
/// Messages of one's own need a type ID, from `caf::id_block::rr::end` on, and
/// no more: they never leave the process.
struct test_config : caf::actor_system_config {
  test_config() {
    register_messages(*this);
  }
};

/// CAF's deterministic actor system, and a log that keeps its events. Each test
/// has one of its own. It has one thread, the test's:
///
/// - An actor handles a message when the test says so. `sched.run()` goes on
///   until no message is left; `expect((T...), from(a).to(b).with(x...))`
///   handles the next one, which must be that; `inject` sends it first;
///   `disallow` checks that it does not wait for anybody. A request of the test
///   is `request<Result>(actor, arguments...)`.
/// - Time stands still but for `elapse`. Not for `run()`, the fixture's own:
///   that goes on until no timer is left, and an actor that sets a new one at
///   each tick keeps it going for ever.
///
/// The header of a fixture comes last of all includes: CAF's test language is
/// macros with everyday names.
struct actor_fixture : test_coordinator_fixture<test_config> {
  /// Everything that has been logged by `log`.
  std::shared_ptr<recording_log_output> events
    = std::make_shared<recording_log_output>();
  /// Of the app `robot`, and of every level.
  event_log log{events, "robot"};

  /// Lets so much time pass at once, and everybody handle what has become due.
  /// Of a timer that is set anew each time it has passed, one passes: an actor
  /// that ticks every second needs `elapse(1s)` once a tick.
  void elapse(caf::timespan time) {
    advance_time(time);
    sched.run();
  }

  /// The error that a request is answered with; fails the test on success. The
  /// types of the answer are named: `request_error<int32_t>(actor, question)`.
  template <class... Ts, class Handle, class... Us>
  caf::error request_error(const Handle& hdl, Us... args) {
    auto pending = self->request(hdl, caf::infinite, std::move(args)...);
    sched.run();
    caf::error result;
    pending.receive([&](const Ts&...) { CAF_FAIL("unexpected success"); },
                    [&](caf::error& what) { result = std::move(what); });
    return result;
  }

  /// The reason for the end of an actor that the test has monitored by
  /// `self->monitor`; fails the test while it lives.
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
