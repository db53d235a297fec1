// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_publisher

#include "actors/log_publisher.hpp"

#include "tests/support/log_actor_fixture.hpp"

using namespace rr;

namespace log_publisher_suite {
namespace {

class fake_bridge : public fake_log_bridge<log_publishing> {
public:
  using fake_log_bridge::fake_log_bridge;

  log_publisher_status status() const override {
    return {"robot-1-abc", 7, 2};
  }
};

struct fixture : log_actor_fixture<log_publisher_actor, log_publishing> {
  log_publisher_actor spawn(factory make) override {
    return sys.spawn(log_publisher, log_publishing_factory{make}, log);
  }

  std::unique_ptr<log_publishing> make_fake() override {
    return std::make_unique<fake_bridge>(bridge);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_publisher_tests, fixture)

CAF_TEST(status tells the counters) {
  check_status(log_publisher_status{"robot-1-abc", 7, 2});
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

} // namespace log_publisher_suite
