// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE router

#include "actors/router.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace router_suite {
namespace {

/// What a test sees and says of the bridge.
struct bridge_probe {
  router_listener listener;
  router_counters counters;
  int made = 0;
  bool closed = false;
};

class fake_router : public message_router {
public:
  explicit fake_router(bridge_probe& probe) : probe_(probe) {
  }

  ~fake_router() override {
    probe_.closed = true;
  }

  const std::vector<std::string>& frontend_endpoints() const noexcept override {
    return frontend_;
  }

  const std::vector<std::string>& backend_endpoints() const noexcept override {
    return backend_;
  }

  router_counters counters() const noexcept override {
    return probe_.counters;
  }

private:
  bridge_probe& probe_;
  std::vector<std::string> frontend_{"tcp://127.0.0.1:6000"};
  std::vector<std::string> backend_{"ipc:///run/service.sock"};
};

struct fixture : actor_fixture {
  bridge_probe bridge;

  router_actor start() {
    auto make = [this](router_listener listener)
      -> caf::expected<std::unique_ptr<message_router>> {
      ++bridge.made;
      bridge.listener = std::move(listener);
      return std::unique_ptr<message_router>{new fake_router{bridge}};
    };
    auto result = sys.spawn(router, message_router_factory{make}, log);
    self->monitor(result);
    run();
    return result;
  }

  ~fixture() override {
    // The listener holds the actor.
    bridge.listener = {};
  }
};

caf::error cause() {
  return caf::make_error(ec::system_error, "cannot route: no more");
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(router_tests, fixture)

CAF_TEST(status tells addresses and counters) {
  auto aut = start();
  bridge.counters.frontend.routed = 7;
  bridge.counters.backend.loopback = 2;
  inject((atom::status), from(self).to(aut).with(atom::status_v));
  auto expected = router_status{
    {"tcp://127.0.0.1:6000"}, {"ipc:///run/service.sock"}, bridge.counters};
  expect((router_status), from(aut).to(self).with(expected));
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST(a bind that fails ends the actor with its error) {
  auto make
    = [](router_listener) -> caf::expected<std::unique_ptr<message_router>> {
    return cause();
  };
  auto aut = sys.spawn(router, message_router_factory{make}, log);
  self->monitor(aut);
  run();
  CAF_CHECK_EQUAL(end_of(aut.address()), cause());
}

CAF_TEST(a bridge that fails ends the actor with its error) {
  auto aut = start();
  bridge.listener.failed({cause()});
  expect((router_failed), to(aut).with(router_failed{cause()}));
  CAF_CHECK_EQUAL(end_of(aut.address()), cause());
  CAF_CHECK(bridge.closed);
}

CAF_TEST(the end of the actor closes the sockets) {
  auto aut = start();
  CAF_CHECK_EQUAL(bridge.made, 1);
  CAF_CHECK(!bridge.closed);
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
  CAF_CHECK_EQUAL(end_of(aut.address()), caf::exit_reason::user_shutdown);
  CAF_CHECK(bridge.closed);
}

CAF_TEST(a command that comes for a moment is told at debug level) {
  auto aut = start();
  bridge.listener.connected(
    {router_side::frontend, "robot-cli-71-00c0ffee", 0});
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 1u);
  CAF_CHECK_EQUAL(seen[0].event, "Router connected to endpoint");
  CAF_CHECK(seen[0].level == log_level::debug);
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST(facts become events without passing a mailbox) {
  auto aut = start();
  bridge.listener.connected({router_side::frontend, "client", 0});
  bridge.listener.dropped(
    {router_side::frontend, drop_cause::malformed, "client", "", 41});
  bridge.listener.dropped(
    {router_side::backend, drop_cause::loopback, "service", "service", 0});
  bridge.listener.dropped(
    {router_side::frontend, drop_cause::no_such_peer, "client", "arm", 0});
  disallow((router_failed), to(aut));
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 4u);
  CAF_CHECK_EQUAL(seen[0].event, "Router connected to endpoint");
  CAF_CHECK(seen[0].level == log_level::info);
  CAF_CHECK(seen[0].fields
            == (log_fields{{"sender_id", "client"}, {"side", "frontend"}}));
  CAF_CHECK_EQUAL(seen[1].event, "Router failed to route message");
  CAF_CHECK(seen[1].level == log_level::warning);
  CAF_CHECK(seen[1].fields
            == (log_fields{{"sender_id", "client"},
                           {"suppressed", 41u},
                           {"side", "frontend"},
                           {"cause", "malformed"}}));
  CAF_CHECK_EQUAL(seen[2].event, "Loopback not allowed");
  CAF_CHECK(seen[2].level == log_level::warning);
  CAF_CHECK_EQUAL(seen[3].event, "Router failed to route message");
  CAF_CHECK(seen[3].fields
            == (log_fields{{"sender_id", "client"},
                           {"side", "frontend"},
                           {"cause", "no such peer"},
                           {"recipient_id", "arm"}}));
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace router_suite
