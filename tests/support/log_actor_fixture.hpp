// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include "bridges/log_stream/log_relay.hpp"

#include "tests/support/actor_fixture.hpp"

namespace rr {

/// What a test sees and says of a log bridge.
struct log_bridge_probe {
  log_failure_listener listener;
  bool closed = false;
};

/// A bridge that tells of its end.
template <class Bridge>
class fake_log_bridge : public Bridge {
public:
  explicit fake_log_bridge(log_bridge_probe& probe) : probe_(probe) {
  }

  ~fake_log_bridge() override {
    probe_.closed = true;
  }

private:
  log_bridge_probe& probe_;
};

/// What the actors of the log have in common: each owns one bridge, ends with
/// its error, and closes it at the end.
template <class Handle, class Bridge>
struct log_actor_fixture : actor_fixture {
  using made_bridge = caf::expected<std::unique_ptr<Bridge>>;
  using factory = std::function<made_bridge(log_failure_listener)>;

  log_bridge_probe bridge;

  ~log_actor_fixture() override {
    // The listener holds the actor.
    bridge.listener = {};
  }

  virtual Handle spawn(factory make) = 0;
  virtual std::unique_ptr<Bridge> make_fake() = 0;

  Handle start_with(factory make) {
    auto result = spawn(std::move(make));
    self->monitor(result);
    run();
    return result;
  }

  Handle start() {
    return start_with([this](log_failure_listener listener) -> made_bridge {
      bridge.listener = std::move(listener);
      return make_fake();
    });
  }

  void stop(const Handle& aut) {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    run();
  }

  static caf::error cause() {
    return caf::make_error(ec::system_error, "no more");
  }

  template <class Status>
  void check_status(Status expected) {
    auto aut = start();
    inject((atom::status), from(self).to(aut).with(atom::status_v));
    expect((Status), from(aut).to(self).with(expected));
    stop(aut);
  }

  void check_end_without_bridge() {
    auto aut
      = start_with([](log_failure_listener) -> made_bridge { return cause(); });
    CAF_CHECK_EQUAL(end_of(aut.address()), cause());
  }

  void check_end_by_failure() {
    auto aut = start();
    bridge.listener({cause()});
    expect((log_failed), to(aut).with(log_failed{cause()}));
    CAF_CHECK_EQUAL(end_of(aut.address()), cause());
    CAF_CHECK(bridge.closed);
  }

  void check_closing() {
    auto aut = start();
    CAF_CHECK(!bridge.closed);
    stop(aut);
    CAF_CHECK_EQUAL(end_of(aut.address()), caf::exit_reason::user_shutdown);
    CAF_CHECK(bridge.closed);
  }

  /// What it says itself is not for transmission.
  void check_own_words() {
    auto aut = start();
    self->send(caf::actor_cast<caf::actor>(aut), std::string{"nonsense"});
    run();
    CAF_REQUIRE_EQUAL(events->count("Unhandled error"), 1u);
    CAF_CHECK(is_local(events->events()[0]));
    stop(aut);
  }
};

} // namespace rr
