// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE update_subscriber

#include "actors/update_subscriber.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace update_subscriber_suite {
namespace {

struct bridge_probe {
  update_listener listener;
  bool closed = false;
};

class fake_source : public update_source {
public:
  explicit fake_source(bridge_probe& probe) : probe_(probe) {
  }

  ~fake_source() override {
    probe_.closed = true;
  }

  update_reception status() const override {
    return {3, 2, 1};
  }

private:
  bridge_probe& probe_;
};

struct fixture : actor_fixture {
  bridge_probe bridge;
  std::vector<std::string> seen;

  update_subscriber_actor start(update_subscriber_state::opener open) {
    auto handler = [this](const std::string& source, const device_update& x) {
      seen.push_back(source + ' ' + x.at(0).uid);
    };
    auto result = sys.spawn(update_subscriber, std::move(open),
                            update_handler{handler}, log);
    self->monitor(result);
    run();
    return result;
  }

  update_subscriber_actor start() {
    return start([this](update_listener listener)
                   -> caf::expected<std::unique_ptr<update_source>> {
      bridge.listener = std::move(listener);
      return std::unique_ptr<update_source>{new fake_source{bridge}};
    });
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(update_subscriber_tests, fixture)

CAF_TEST(updates reach the handler with their source and no mailbox) {
  auto aut = start();
  bridge.listener.received("127.0.0.1:5000", {{"7", json::object()}});
  CAF_CHECK_EQUAL(seen, (std::vector<std::string>{"127.0.0.1:5000 7"}));
  inject((atom::status), from(self).to(aut).with(atom::status_v));
  expect((update_reception),
         from(aut).to(self).with(update_reception{3, 2, 1}));
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST(what is malformed is reported once a second at most) {
  auto aut = start();
  for (auto i = 0; i < 100; ++i)
    bridge.listener.malformed("127.0.0.1:5000", "no map");
  auto told = events->events();
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0].event, "Update ignored");
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST(an opener that fails ends the actor with its error) {
  auto cause = caf::make_error(ec::system_error, "cannot join");
  auto aut = start(
    [cause](update_listener) -> caf::expected<std::unique_ptr<update_source>> {
      return cause;
    });
  CAF_CHECK_EQUAL(end_of(aut.address()), cause);
}

CAF_TEST(the end of the actor closes the socket) {
  auto aut = start();
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
  CAF_CHECK(bridge.closed);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace update_subscriber_suite
