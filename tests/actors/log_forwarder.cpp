// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_forwarder

#include "actors/log_forwarder.hpp"

#include "tests/actor_fixture.hpp"

using namespace rr;

namespace {

/// What a test sees and says of the bridge.
struct bridge_probe {
  log_failure_listener listener;
  log_forwarder_counters counters;
  bool closed = false;
};

class fake_relay : public log_relay {
public:
  explicit fake_relay(bridge_probe& probe) : probe_(probe) {
  }

  ~fake_relay() override {
    probe_.closed = true;
  }

  const std::vector<std::string>& frontend_endpoints() const noexcept override {
    return frontend_;
  }

  const std::vector<std::string>& backend_endpoints() const noexcept override {
    return backend_;
  }

  log_forwarder_counters counters() const noexcept override {
    return probe_.counters;
  }

private:
  bridge_probe& probe_;
  std::vector<std::string> frontend_{"tcp://127.0.0.1:6001"};
  std::vector<std::string> backend_{"ipc:///run/log.sock"};
};

struct fixture : actor_fixture {
  bridge_probe bridge;

  log_forwarder_actor start() {
    auto make = [this](log_failure_listener listener)
      -> caf::expected<std::unique_ptr<log_relay>> {
      bridge.listener = std::move(listener);
      return std::unique_ptr<log_relay>{new fake_relay{bridge}};
    };
    auto result = sys.spawn(log_forwarder, log_relay_factory{make}, log);
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
  return caf::make_error(ec::system_error, "cannot forward log events: ended");
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_forwarder_tests, fixture)

CAF_TEST(status tells addresses and counters) {
  auto aut = start();
  bridge.counters = {7, 6};
  inject((atom::status), from(self).to(aut).with(atom::status_v));
  auto expected = log_forwarder_status{
    {"tcp://127.0.0.1:6001"}, {"ipc:///run/log.sock"}, {7, 6}};
  expect((log_forwarder_status), from(aut).to(self).with(expected));
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST(a bind that fails ends the actor with its error) {
  auto make
    = [](log_failure_listener) -> caf::expected<std::unique_ptr<log_relay>> {
    return cause();
  };
  auto aut = sys.spawn(log_forwarder, log_relay_factory{make}, log);
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

CAF_TEST(the end of the actor closes the sockets) {
  auto aut = start();
  CAF_CHECK(!bridge.closed);
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
  CAF_CHECK_EQUAL(end_of(aut.address()), caf::exit_reason::user_shutdown);
  CAF_CHECK(bridge.closed);
}

CAF_TEST_FIXTURE_SCOPE_END()
