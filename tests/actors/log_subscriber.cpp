// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_subscriber

#include "actors/log_subscriber.hpp"

#include "tests/support/log_actor_fixture.hpp"

using namespace rr;

namespace log_subscriber_suite {
namespace {

class fake_bridge : public fake_log_bridge<log_subscription> {
public:
  using fake_log_bridge::fake_log_bridge;

  log_subscriber_status status() const override {
    return {7, 2, 1};
  }
};

struct fixture : log_actor_fixture<log_subscriber_actor, log_subscription> {
  log_subscriber_actor spawn(factory make) override {
    return sys.spawn(log_subscriber, log_subscription_factory{make}, log);
  }

  std::unique_ptr<log_subscription> make_fake() override {
    return std::make_unique<fake_bridge>(bridge);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_subscriber_tests, fixture)

CAF_TEST(status tells the counters) {
  check_status(log_subscriber_status{7, 2, 1});
}

CAF_TEST(a bridge that cannot be made ends the actor with its error) {
  check_end_without_bridge();
}

CAF_TEST(a bridge that fails ends the actor with its error) {
  check_end_by_failure();
}

CAF_TEST(the end of the actor closes the bridge) {
  check_closing();
}

CAF_TEST(what it says itself is not for transmission) {
  check_own_words();
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_subscriber_suite
