// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_subscriber

#include "actors/log_subscriber.hpp"

#include "tests/actor_fixture.hpp"

using namespace rr;

namespace {

/// What a test sees and says of the bridge.
struct bridge_probe {
  log_failure_listener listener;
  bool closed = false;
};

class fake_bridge : public log_subscription {
public:
  explicit fake_bridge(bridge_probe& probe) : probe_(probe) {
  }

  ~fake_bridge() override {
    probe_.closed = true;
  }

  log_subscriber_status status() const override {
    return {7, 2, 1};
  }

private:
  bridge_probe& probe_;
};

struct fixture : actor_fixture {
  bridge_probe bridge;

  log_subscriber_actor start() {
    auto make = [this](log_failure_listener listener)
      -> caf::expected<std::unique_ptr<log_subscription>> {
      bridge.listener = std::move(listener);
      return std::unique_ptr<log_subscription>{new fake_bridge{bridge}};
    };
    auto result = sys.spawn(log_subscriber, log_subscription_factory{make},
                            log);
    self->monitor(result);
    run();
    return result;
  }

  ~fixture() {
    // The listener holds the actor.
    bridge.listener = {};
  }
};

caf::error cause() {
  return caf::make_error(ec::system_error, "no more");
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_subscriber_tests, fixture)

CAF_TEST(status tells the counters) {
  auto aut = start();
  inject((atom::status), from(self).to(aut).with(atom::status_v));
  auto expected = log_subscriber_status{7, 2, 1};
  expect((log_subscriber_status), from(aut).to(self).with(expected));
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST(a bridge that cannot be made ends the actor with its error) {
  auto make = [](log_failure_listener)
    -> caf::expected<std::unique_ptr<log_subscription>> { return cause(); };
  auto aut = sys.spawn(log_subscriber, log_subscription_factory{make}, log);
  self->monitor(aut);
  run();
  CAF_CHECK_EQUAL(end_of(aut.address()), cause());
}

CAF_TEST(a bridge that fails ends the actor with its error) {
  auto aut = start();
  bridge.listener({cause()});
  expect((log_failed), to(aut).with(log_failed{cause()}));
  CAF_CHECK_EQUAL(end_of(aut.address()), cause());
  CAF_CHECK(bridge.closed);
}

CAF_TEST(the end of the actor closes the bridge) {
  auto aut = start();
  CAF_CHECK(!bridge.closed);
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
  CAF_CHECK_EQUAL(end_of(aut.address()), caf::exit_reason::user_shutdown);
  CAF_CHECK(bridge.closed);
}

CAF_TEST(what it says itself is not for transmission) {
  auto aut = start();
  self->send(caf::actor_cast<caf::actor>(aut), std::string{"nonsense"});
  run();
  CAF_REQUIRE_EQUAL(events->count("Unhandled error"), 1u);
  CAF_CHECK(is_local(events->events()[0]));
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST_FIXTURE_SCOPE_END()
