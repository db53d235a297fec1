// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE flight_recorder

#include "actors/flight_recorder.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace flight_recorder_suite {
namespace {

class fake_end_keeper : public end_keeper {
public:
  void end(const robot_stopped& how) override {
    ends.push_back(how);
  }

  std::string last_file() const override {
    return "a.mcap";
  }

  std::vector<robot_stopped> ends;
};

struct fixture : actor_fixture {
  std::shared_ptr<fake_end_keeper> keeper = std::make_shared<fake_end_keeper>();
  flight_recorder_actor aut = sys.spawn(flight_recorder, keeper, log);

  fixture() {
    self->monitor(aut);
    sched.run();
  }

  ~fixture() override {
    self->send_exit(aut, caf::exit_reason::kill);
    aut = nullptr;
    run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(flight_recorder_tests, fixture)

CAF_TEST(how the run ends is told to the black box) {
  robot_stopped stopped;
  stopped.reason = "SIGTERM";
  self->send(aut, stopped);
  // Also when it is to end at once.
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK((keeper->ends == std::vector{stopped}));
  CAF_CHECK_EQUAL(end_of(aut.address()), caf::exit_reason::user_shutdown);
}

CAF_TEST(status tells the last file) {
  inject((atom::status), from(self).to(aut).with(atom::status_v));
  expect((std::string), from(aut).to(self).with("a.mcap"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace flight_recorder_suite
