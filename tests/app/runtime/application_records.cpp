// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE application_records

#include <vector>

#include "messages/record/process_end.hpp"
#include "messages/record/run_record.hpp"
#include "messages/record/stop_statistics.hpp"
#include "tests/support/application_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace application_records_suite {
namespace {

struct fixture : application_fixture {
  /// What was told, by kind: `end NAME`, `stopped`.
  std::vector<std::string> told_records;
  /// The reasons that the black box was told.
  std::vector<std::string> told_black_box;
  robot_stopped stopped;

  fixture() {
    settings.recorder = sys.spawn([this] {
      return run_recorder_actor::behavior_type{
        [this](const process_end& x) {
          told_records.push_back("end " + x.process);
        },
        [this](const robot_stopped& x) {
          told_records.push_back("stopped");
          stopped = x;
        },
        [](atom::status) { return stop_statistics{}; },
        [](atom::close) {},
        [](atom::timeout) {},
      };
    });
    settings.flight_recorder = sys.spawn([this] {
      return flight_recorder_actor::behavior_type{
        [this](const robot_stopped& x) { told_black_box.push_back(x.reason); },
        [](atom::status) { return std::string{}; },
      };
    });
    process("motor");
  }

  ~fixture() override {
    for (const auto& each :
         {caf::actor_cast<caf::actor>(settings.recorder),
          caf::actor_cast<caf::actor>(settings.flight_recorder)})
      self->send_exit(each, caf::exit_reason::kill);
    settings.recorder = nullptr;
    settings.flight_recorder = nullptr;
    sched.run();
  }

  log_fields last_words() const {
    for (const auto& event : events->events())
      if (event.event == "Application is exiting")
        return event.fields;
    CAF_FAIL("no last words");
  }

  /// A copy: macros of tests would keep a reference into what is gone by then.
  template <class T>
  T field_as(const std::string& name) const {
    for (const auto& each : last_words())
      if (each.name == name)
        return std::get<T>(each.value);
    CAF_FAIL("no field " << name);
  }
};

using names = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(application_records_tests, fixture)

CAF_TEST(the recorder hears of the last child before the robot has stopped) {
  start();
  started("motor");
  stop();
  elapse(50ms);
  terminated("motor");
  CAF_CHECK_EQUAL(told_records, (names{"end motor", "stopped"}));
  CAF_CHECK_EQUAL(stopped.reason, "SIGTERM");
  CAF_CHECK_EQUAL(told_black_box, (names{"SIGTERM"}));
  CAF_CHECK_EQUAL(stopped.process, "");
  CAF_CHECK_EQUAL(stopped.exit_code, 0);
  CAF_CHECK(!stopped.signal_latency_us);
  CAF_CHECK_EQUAL(field_as<double>("gone_ms"), 50.0);
}

CAF_TEST(a stop for a process names it) {
  start();
  started("motor");
  exited("motor", 3);
  CAF_CHECK_EQUAL(stopped.process, "motor");
  CAF_CHECK_EQUAL(stopped.exit_code, 1);
  CAF_CHECK_EQUAL(stopped.reason, "process motor exited with code 3");
}

CAF_TEST(an emergency is told with how long the signals took) {
  start();
  started("motor");
  raise("motor");
  CAF_CHECK_EQUAL(stopped.process, "motor");
  CAF_CHECK_EQUAL(stopped.exit_code, 255);
  CAF_REQUIRE(stopped.signal_latency_us);
  CAF_CHECK_EQUAL(field_as<int64_t>("signal_latency_us"),
                  *stopped.signal_latency_us);
}

CAF_TEST(an emergency during a stop in order is for its own cause) {
  process("camera");
  start();
  started("motor");
  started("camera");
  exited("motor", 3);
  cord.pull({"", "a person", 255, 0});
  sched.run();
  terminated("camera");
  CAF_CHECK_EQUAL(stopped.process, "");
  CAF_CHECK_EQUAL(stopped.exit_code, 255);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace application_records_suite
