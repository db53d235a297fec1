// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_forwarder

#include "actors/log_forwarder.hpp"

#include "tests/support/log_actor_fixture.hpp"

using namespace rr;

namespace log_forwarder_suite {
namespace {

class fake_bridge : public fake_log_bridge<log_relay> {
public:
  using fake_log_bridge::fake_log_bridge;

  const std::vector<std::string>& frontend_endpoints() const noexcept override {
    return frontend_;
  }

  const std::vector<std::string>& backend_endpoints() const noexcept override {
    return backend_;
  }

  log_forwarder_counters counters() const noexcept override {
    return {7, 6};
  }

private:
  std::vector<std::string> frontend_{"tcp://127.0.0.1:6001"};
  std::vector<std::string> backend_{"ipc:///run/log.sock"};
};

struct fixture : log_actor_fixture<log_forwarder_actor, log_relay> {
  log_forwarder_actor spawn(factory make) override {
    return sys.spawn(log_forwarder, log_relay_factory{make}, log);
  }

  std::unique_ptr<log_relay> make_fake() override {
    return std::make_unique<fake_bridge>(bridge);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_forwarder_tests, fixture)

CAF_TEST(status tells addresses and counters) {
  check_status(log_forwarder_status{
    {"tcp://127.0.0.1:6001"}, {"ipc:///run/log.sock"}, {7, 6}});
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

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_forwarder_suite
