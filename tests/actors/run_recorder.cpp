// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE run_recorder

#include "actors/run_recorder.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace run_recorder_suite {
namespace {

/// Writes nothing, and is done when the test says so.
class fake_keeper : public record_keeper {
public:
  void begin() override {
  }

  void know(std::vector<std::string>) override {
  }

  void keep(process_end end) override {
    ends.push_back(std::move(end));
  }

  void keep(robot_stopped end) override {
    stopped.push_back(std::move(end));
  }

  void finish(std::function<void()> done) override {
    ++finishes;
    at_end = std::move(done);
  }

  stop_statistics stops() const override {
    return {2, 90, {80, 90}};
  }

  std::vector<process_end> ends;
  std::vector<robot_stopped> stopped;
  int finishes = 0;
  std::function<void()> at_end;
};

struct fixture : actor_fixture {
  std::shared_ptr<fake_keeper> keeper = std::make_shared<fake_keeper>();
  run_recorder_actor aut = sys.spawn(run_recorder, keeper, log);

  fixture() {
    self->monitor(aut);
    sched.run();
  }

  ~fixture() override {
    self->send_exit(aut, caf::exit_reason::kill);
    keeper->at_end = nullptr;
    aut = nullptr;
    run();
  }

  void shut_down() {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(run_recorder_tests, fixture)

CAF_TEST(what it is told is kept) {
  process_end end;
  end.process = "motor";
  robot_stopped stopped;
  stopped.reason = "SIGTERM";
  self->send(aut, end);
  self->send(aut, stopped);
  sched.run();
  CAF_CHECK((keeper->ends == std::vector{end}));
  CAF_CHECK((keeper->stopped == std::vector{stopped}));
}

CAF_TEST(status tells how fast stops were) {
  inject((atom::status), from(self).to(aut).with(atom::status_v));
  expect((stop_statistics), from(aut).to(self).with(keeper->stops()));
}

CAF_TEST(it ends once everything is written) {
  shut_down();
  CAF_CHECK_EQUAL(keeper->finishes, 1);
  CAF_CHECK(nothing_ended());
  keeper->at_end();
  sched.run();
  CAF_CHECK_EQUAL(end_of(aut.address()), caf::exit_reason::user_shutdown);
  CAF_CHECK_EQUAL(events->events().size(), 0u);
}

CAF_TEST(it waits half a second for a disk and no longer) {
  shut_down();
  shut_down();
  CAF_CHECK_EQUAL(keeper->finishes, 1);
  elapse(499ms);
  CAF_CHECK(nothing_ended());
  elapse(1ms);
  CAF_CHECK_EQUAL(end_of(aut.address()), caf::exit_reason::user_shutdown);
  CAF_CHECK_EQUAL(events->count("Unhandled error"), 1u);
}

CAF_TEST(to be killed waits for nothing) {
  self->send_exit(aut, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK_EQUAL(end_of(aut.address()), caf::exit_reason::kill);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace run_recorder_suite
