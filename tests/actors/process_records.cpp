// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_records

#include <vector>

#include "messages/record/process_end.hpp"
#include "messages/record/run_record.hpp"
#include "messages/record/stop_statistics.hpp"
#include "tests/support/supervisor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace process_records_suite {
namespace {

struct fixture : supervisor_fixture {
  std::vector<process_end> ends;

  fixture() {
    settings.on_failure = robot_reaction::stop;
    recorder = sys.spawn([this] {
      return run_recorder_actor::behavior_type{
        [this](const process_end& x) { ends.push_back(x); },
        [](const robot_stopped&) {},
        [](atom::status) { return stop_statistics{}; },
        [](atom::close) {},
        [](atom::timeout) {},
      };
    });
  }

  ~fixture() override {
    self->send_exit(recorder, caf::exit_reason::kill);
    recorder = nullptr;
    sched.run();
  }

  void restart_on_failure(uint32_t limit) {
    settings.restart.policy = restart_policy::on_failure;
    settings.restart.limit = limit;
    settings.restart.delay = 100ms;
  }

  const process_end& last() {
    CAF_REQUIRE(!ends.empty());
    return ends.back();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_records_tests, fixture)

CAF_TEST(an end is told with what is known of it) {
  start_and_run();
  elapse(3s);
  starter.listeners.at("camera").exited(
    {-11, ended_by::itself, true, 20ms, 4'096});
  sched.run();
  const auto& end = last();
  CAF_CHECK_EQUAL(end.process, "camera");
  CAF_CHECK_EQUAL(end.pid, 17);
  CAF_CHECK(end.ran == 3s);
  CAF_CHECK_EQUAL(end.exit_code, -11);
  CAF_CHECK(end.core_dumped);
  CAF_CHECK(end.failed);
  CAF_CHECK(end.cpu == 20ms);
  CAF_CHECK_EQUAL(end.max_resident_kib, 4'096u);
  CAF_CHECK_EQUAL(end.reason, "process camera died by SIGSEGV");
  CAF_CHECK_EQUAL(end.start, 1u);
  CAF_CHECK(!end.restarted);
  CAF_CHECK(end.reaction == robot_reaction::stop);
}

CAF_TEST(that it is started again and that it is given up are told) {
  restart_on_failure(1);
  start_and_run();
  exited(3);
  CAF_CHECK(last().restarted);
  CAF_CHECK(last().reaction == robot_reaction::ignore);
  elapse(110ms);
  started(18);
  exited(3);
  CAF_CHECK_EQUAL(ends.size(), 2u);
  CAF_CHECK(!last().restarted);
  CAF_CHECK_EQUAL(last().start, 2u);
  CAF_CHECK_EQUAL(last().given_up, "1 restart within 30s");
  CAF_CHECK(last().reaction == robot_reaction::stop);
}

CAF_TEST(a success an order and a stop have their own reactions) {
  settings.on_success = robot_reaction::ignore;
  start_and_run();
  exited(0);
  CAF_CHECK(last().reaction == robot_reaction::ignore);
  tell(start_process{"camera"});
  started(18);
  tell(stop_process{"camera"});
  exited(-15, ended_by::terminate);
  CAF_CHECK(last().cause == ended_by::terminate);
  CAF_CHECK(!last().failed);
  CAF_CHECK(last().reaction == robot_reaction::ignore);
  tell(start_process{"camera"});
  started(19);
  shut_down();
  exited(255, ended_by::terminate);
  CAF_CHECK(last().reaction == robot_reaction::emergency_stop);
}

CAF_TEST(one that could not be started is told without an exit code) {
  start();
  start_failed("cannot execute /x: No such file");
  CAF_CHECK(!last().exit_code);
  CAF_CHECK_EQUAL(last().pid, 0);
  CAF_CHECK(last().ran == 0s);
  CAF_CHECK(last().reaction == robot_reaction::stop);
}

CAF_TEST(status tells the last end and what the child uses) {
  settings.on_failure = robot_reaction::ignore;
  start();
  starter.used = child_usage{30ms, 512};
  CAF_CHECK(!status().cpu);
  CAF_CHECK(!status().last_end);
  started(17);
  auto used = status();
  CAF_CHECK(used.cpu == caf::timespan{30ms});
  CAF_CHECK(used.resident_kib == uint64_t{512});
  elapse(2s);
  exited(3);
  auto now = status();
  CAF_CHECK(!now.cpu);
  CAF_CHECK(!now.resident_kib);
  CAF_REQUIRE(now.last_end);
  CAF_CHECK(now.last_end->ran == 2s);
  CAF_CHECK_EQUAL(now.last_end->exit_code, 3);
  CAF_CHECK_EQUAL(now.last_end->reason, "process camera exited with code 3");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_records_suite
