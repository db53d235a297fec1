// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_probes

#include "tests/support/supervisor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace process_probes_suite {
namespace {

using orders = fake_child_starter::orders;

struct fixture : supervisor_fixture {
  fixture() {
    settings.ready.kind = readiness::probe;
    settings.environment = {"A=1"};
    settings.probe.command = {"look", "at-it"};
    settings.probe.interval = 1s;
    settings.probe.timeout = 500ms;
    settings.probe.limit = 3;
  }

  size_t probes() const {
    auto all = starter.started;
    return static_cast<size_t>(
      std::count(all.begin(), all.end(), "camera probe"));
  }

  const orders& told_probe() {
    return starter.told["camera probe"];
  }

  void probe_ended(int32_t code, ended_by cause = ended_by::itself) {
    starter.listeners.at("camera probe").exited({code, cause});
    sched.run();
  }

  void start_ready() {
    start_and_run();
    probe_ended(0);
    CAF_CHECK(state() == process_state::running);
  }

  /// The next probe, an interval after the last.
  void next_probe() {
    auto before = probes();
    elapse(999ms);
    CAF_CHECK_EQUAL(probes(), before);
    elapse(1ms);
    CAF_CHECK_EQUAL(probes(), before + 1);
  }

  size_t count(std::string_view event) const {
    return events->count(event);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_probes_tests, fixture)

CAF_TEST(one is ready once its probe succeeds) {
  start_and_run();
  CAF_CHECK_EQUAL(probes(), 1u);
  CAF_CHECK(state() == process_state::starting);
  probe_ended(1);
  CAF_CHECK(state() == process_state::starting);
  next_probe();
  probe_ended(0);
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK(status().ready);
  CAF_CHECK(events->has("Process ready"));
}

CAF_TEST(a probe is a child of its own that stops no robot) {
  start_and_run();
  const auto& given = starter.requests.at("camera probe");
  CAF_CHECK((given.command == std::vector<std::string>{"look", "at-it"}));
  CAF_CHECK((given.environment == settings.environment));
  CAF_CHECK(given.output == process_output::null);
  CAF_CHECK(given.ready.kind == readiness::started);
  CAF_CHECK(!given.raises_emergency);
  probe_ended(255);
  CAF_CHECK(!cord.pulled());
  CAF_CHECK(nothing_ended());
}

CAF_TEST(probes that fail before readiness restart nothing) {
  settings.ready.timeout = 1min;
  start_and_run();
  for (auto i = 0; i < 20; ++i) {
    probe_ended(1);
    next_probe();
  }
  CAF_CHECK(state() == process_state::starting);
  CAF_CHECK_EQUAL(count("Probe failed"), 0u);
  probe_ended(0);
  CAF_CHECK(state() == process_state::running);
  next_probe();
  probe_ended(1);
  next_probe();
  probe_ended(1);
  CAF_CHECK(state() == process_state::running);
}

CAF_TEST(one whose probe never succeeds is not ready in time) {
  settings.ready.timeout = 1500ms;
  start_and_run();
  probe_ended(1);
  elapse(1s);
  elapse(500ms);
  CAF_CHECK(state() == process_state::terminating);
  CAF_CHECK((told_probe() == orders{"start", "drop", "start", "kill"}));
}

CAF_TEST(a child whose probe fails to the limit is ended as failed) {
  settings.restart.policy = restart_policy::on_failure;
  start_ready();
  for (auto i = 0; i < 2; ++i) {
    next_probe();
    probe_ended(1);
    CAF_CHECK(state() == process_state::running);
  }
  next_probe();
  probe_ended(1);
  CAF_CHECK(state() == process_state::terminating);
  auto all = events->events();
  auto told = std::find_if(all.rbegin(), all.rend(), [](const auto& x) {
    return x.event == "Probe failed";
  });
  CAF_REQUIRE(told != all.rend());
  CAF_CHECK(told->level == log_level::error);
  CAF_CHECK((told->fields
             == log_fields{{"process", "camera"},
                           {"pid", 17},
                           {"failures", 3u},
                           {"cause", "it exited with code 1"}}));
  // The first of the row, and the last.
  CAF_CHECK_EQUAL(count("Probe failed"), 2u);
  exited(-15, ended_by::terminate);
  CAF_CHECK(state() == process_state::restarting);
  CAF_CHECK((events->events().back().fields.back()
             == log_field{"reason", "process camera failed: probe failed 3 "
                                    "times"}));
}

CAF_TEST(a probe that succeeds forgives the failures before it) {
  start_ready();
  for (auto i = 0; i < 5; ++i) {
    for (auto code : {1, 1, 0}) {
      next_probe();
      probe_ended(code);
    }
    CAF_CHECK(state() == process_state::running);
  }
}

CAF_TEST(a probe that fails now and then does not flood the log) {
  start_ready();
  for (auto i = 0; i < 3600; ++i) {
    elapse(1s);
    probe_ended(i % 2);
  }
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK_LESS(count("Probe failed"), 400u);
}

CAF_TEST(a probe that hangs is killed and has failed) {
  settings.probe.limit = 1;
  start_ready();
  next_probe();
  elapse(499ms);
  CAF_CHECK(told_probe().back() == "start");
  elapse(1ms);
  CAF_CHECK(told_probe().back() == "kill");
  // Not before what it has started is gone.
  elapse(1min);
  CAF_CHECK_EQUAL(probes(), 2u);
  CAF_CHECK(state() == process_state::running);
  // It may have ended well as it was killed: it was late in any case.
  probe_ended(0);
  CAF_CHECK(state() == process_state::terminating);
}

CAF_TEST(a probe that cannot be started has failed) {
  settings.probe.limit = 1;
  start_ready();
  next_probe();
  starter.listeners.at("camera probe")
    .start_failed({caf::make_error(ec::start_failed, "no such program")});
  sched.run();
  CAF_CHECK(state() == process_state::terminating);
}

CAF_TEST(the next probe comes an interval after the end of the last) {
  settings.probe.timeout = 10s;
  start_ready();
  next_probe();
  elapse(5s);
  CAF_CHECK_EQUAL(probes(), 2u);
  probe_ended(0);
  next_probe();
}

CAF_TEST(one that is ready otherwise is probed from then on) {
  settings.ready.kind = readiness::notify;
  start_and_run();
  elapse(5s);
  CAF_CHECK_EQUAL(probes(), 0u);
  starter.news["camera"].ready = true;
  starter.listeners.at("camera").notified();
  sched.run();
  CAF_CHECK(state() == process_state::running);
  next_probe();
}

CAF_TEST(a stop kills the probe and makes no other) {
  start_ready();
  next_probe();
  tell(atom::terminate_v);
  CAF_CHECK((told_probe().back() == "kill"));
  probe_ended(-9, ended_by::kill);
  elapse(1s);
  exited(-15, ended_by::terminate);
  elapse(1h);
  CAF_CHECK_EQUAL(probes(), 2u);
  CAF_CHECK_EQUAL(count("Probe failed"), 0u);
}

CAF_TEST(the probe of one start and of the next are never there at once) {
  start_ready();
  next_probe();
  tell(restart_process{"camera"});
  exited(-15, ended_by::terminate);
  started(18);
  CAF_CHECK_EQUAL(probes(), 2u);
  // What it has found of the one before tells nothing of this one.
  probe_ended(0);
  CAF_CHECK_EQUAL(probes(), 3u);
  CAF_CHECK(state() == process_state::starting);
  probe_ended(0);
  CAF_CHECK(state() == process_state::running);
}

CAF_TEST(one that says that it stops is probed no more) {
  settings.terminate_timeout = 10s;
  start_ready();
  starter.news["camera"].stopping = true;
  starter.listeners.at("camera").notified();
  sched.run();
  elapse(5s);
  CAF_CHECK_EQUAL(probes(), 1u);
  CAF_CHECK(state() == process_state::running);
}

CAF_TEST(the end of the supervisor lets go of the probe) {
  start_ready();
  next_probe();
  self->send_exit(supervisor, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK(told_probe().back() == "drop");
  end_of(supervisor.address());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_probes_suite
