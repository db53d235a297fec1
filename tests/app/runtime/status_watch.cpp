// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE status_watch

#include "app/runtime/status_watch.hpp"

#include "tests/support/control_session_fixture.hpp"
#include "tests/support/recording_listener.hpp"

#include "tests/support/application_fixture.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace status_watch_suite {
namespace {

using texts = std::vector<std::string>;

struct fixture : application_fixture {
  std::shared_ptr<telemetry_feed> feed = std::make_shared<telemetry_feed>();
  std::shared_ptr<status_bell> bell = std::make_shared<status_bell>();
  std::shared_ptr<hold_list> holds = std::make_shared<hold_list>();
  std::shared_ptr<recording_listener> page
    = std::make_shared<recording_listener>();
  caf::actor watch;

  fixture() {
    feed->on_interest([this] { bell->ring_for_listener(); });
    settings.on_moved = [this](const process_moved& x) { bell->moved(x); };
    settings.on_running = [this] { bell->ring(); };
    settings.on_stop = [this] { bell->ring(); };
    holds->observe([this](const hold&, bool) { bell->ring(); });
  }

  ~fixture() override {
    self->send_exit(watch, caf::exit_reason::kill);
    watch = nullptr;
    sched.run();
  }

  void start_watch() {
    start();
    status_watch_settings watched;
    watched.whom.root = app;
    watched.whom.name = "rover";
    watched.whom.holds = holds;
    watched.whom.control = std::make_shared<control_session>(
      control_settings{}, std::make_shared<fake_pads>(), control_listener{});
    watched.feed = feed;
    watched.bell = bell;
    watched.log = log;
    watch = sys.spawn(status_watch, std::move(watched));
    sched.run();
  }

  /// What a page listens to has, by the first whole and each patch.
  json merged() const {
    auto result = *page->states.at(0).whole;
    for (size_t i = 1; i < page->states.size(); ++i)
      result.merge_patch(*page->states[i].changes);
    return result;
  }

  void check_numbers() const {
    for (size_t i = 0; i < page->states.size(); ++i)
      CAF_CHECK_EQUAL(page->states[i].seq, page->states[0].seq + i);
  }

  /// Each state of a process that the page was told of, without repetition.
  texts states_of(const std::string& process) const {
    texts result;
    for (const auto& each : page->states)
      for (const auto& x : each.whole->at("processes"))
        if (x["name"] == process
            && (result.empty() || result.back() != x["state"]))
          result.push_back(x["state"]);
    return result;
  }

  void wait() {
    advance_time(50ms);
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(status_watch_tests, fixture)

CAF_TEST(a listener is told the whole at once and then what changes) {
  process("camera");
  start_watch();
  feed->add(page);
  sched.run();
  CAF_REQUIRE_EQUAL(page->states.size(), 1u);
  CAF_CHECK_EQUAL(page->states[0].whole->at("name"), "rover");
  CAF_CHECK_EQUAL(page->states[0].whole->at("state"), "starting");
  wait();
  CAF_CHECK_EQUAL(page->states.size(), 1u);
  started("camera");
  wait();
  CAF_CHECK_EQUAL(states_of("camera"), (texts{"starting", "running"}));
  CAF_CHECK_EQUAL(json(merged()["state"]), "running");
  CAF_CHECK_EQUAL(json(merged()["processes"][0]["pid"]), 17);
  CAF_CHECK_EQUAL(*page->states.back().text,
                  page->states.back().changes->dump());
  check_numbers();
}

CAF_TEST(while nobody listens nobody is asked) {
  process("camera");
  start_watch();
  started("camera");
  bell->ring();
  sched.run();
  advance_time(10s);
  CAF_CHECK(!sched.prioritize(watch));
  feed->add(page);
  sched.run();
  page.reset();
  // Until no question could be answered any more.
  advance_time(3s);
  sched.run();
  advance_time(10s);
  CAF_CHECK(!sched.prioritize(watch));
}

CAF_TEST(each state of a process is told in order however fast they come) {
  auto& camera = process("camera");
  camera.on_failure = robot_reaction::ignore;
  process("motor");
  start_watch();
  feed->add(page);
  sched.run();
  started("camera");
  wait();
  page->states.erase(page->states.begin(), page->states.end() - 1);
  // Within one look: out of the supervisor's own hands.
  auto step = [&](process_state state) {
    bell->moved({"camera", state, false});
    bell->moved({"motor", state, false});
  };
  step(process_state::terminating);
  step(process_state::exited);
  step(process_state::starting);
  step(process_state::failed);
  step(process_state::running);
  wait();
  wait();
  CAF_CHECK_EQUAL(states_of("camera"),
                  (texts{"running", "terminating", "exited", "starting",
                         "failed", "running"}));
  CAF_CHECK_EQUAL(states_of("motor"),
                  (texts{"starting", "terminating", "exited", "starting",
                         "failed", "starting"}));
  check_numbers();
  // Two processes take no more messages than one.
  CAF_CHECK_LESS(page->states.size(), 8u);
}

CAF_TEST(a robot of many processes is looked at less often) {
  for (int i = 0; i < 60; ++i)
    process("camera-" + std::to_string(i));
  start_watch();
  feed->add(page);
  sched.run();
  started("camera-7");
  wait();
  CAF_CHECK_EQUAL(page->states.size(), 1u);
  advance_time(10ms);
  sched.run();
  CAF_CHECK_EQUAL(states_of("camera-7"), (texts{"starting", "running"}));
}

CAF_TEST(a process that moves while others are asked is asked again) {
  auto& camera = process("camera");
  camera.on_failure = robot_reaction::ignore;
  start_watch();
  feed->add(page);
  sched.run();
  started("camera");
  wait();
  wait();
  // The question is on its way.
  bell->ring();
  while (sched.prioritize(watch))
    sched.run_once();
  starter.listeners.at("camera").exited({3, ended_by::itself});
  sched.run();
  wait();
  wait();
  CAF_CHECK_EQUAL(std::string{states_of("camera").back()}, "exited");
  CAF_CHECK_EQUAL(json(merged()["processes"][0]["last_exit"]), 3);
  check_numbers();
}

CAF_TEST(what holds the robot back and its stop are told) {
  process("camera");
  start_watch();
  feed->add(page);
  started("camera");
  wait();
  holds->set("no driver", true);
  sched.run();
  wait();
  CAF_CHECK_EQUAL(json(merged()["held_by"][0]["what"]), "no driver");
  stop();
  wait();
  CAF_CHECK_EQUAL(json(merged()["state"]), "stopping");
  terminated("camera");
  wait();
  CAF_CHECK_EQUAL(std::string{states_of("camera").back()}, "exited");
  check_numbers();
}

CAF_TEST(what has moved last is told when the watch ends) {
  process("camera");
  start_watch();
  feed->add(page);
  started("camera");
  wait();
  wait();
  bell->moved({"camera", process_state::terminating, false});
  auto since = caf::timestamp{} + 1h;
  bell->moved({"camera", process_state::exited, false, since});
  self->send_exit(watch, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK_EQUAL(states_of("camera"),
                  (texts{"running", "terminating", "exited"}));
  CAF_CHECK_EQUAL(json(merged()["state"]), "stopping");
  // And what that means for what else had been told.
  json last = merged()["processes"][0];
  CAF_CHECK_EQUAL(last["since"], format_timestamp(since));
  CAF_CHECK(last["pid"].is_null() && last["resident_kib"].is_null());
  check_numbers();
}

CAF_TEST(figures are told once a second to those who want them) {
  start_watch();
  feed->add(page);
  sched.run();
  auto seen = page->states.size();
  bell->ring();
  wait();
  CAF_CHECK_EQUAL(page->states.size(), seen);
  advance_time(1s);
  sched.run();
  CAF_REQUIRE_EQUAL(page->states.size(), seen + 1);
  CAF_CHECK(page->states.back().changes->contains("uptime"));
  auto box = std::make_shared<recording_listener>();
  feed->add(box, false);
  page.reset();
  advance_time(1s);
  sched.run();
  auto told = box->states.size();
  advance_time(10s);
  sched.run();
  CAF_CHECK_EQUAL(box->states.size(), told);
  page = box;
}

CAF_TEST(who comes back after nobody listened is told the whole anew) {
  start_watch();
  feed->add(page);
  sched.run();
  page = std::make_shared<recording_listener>();
  wait();
  feed->add(page);
  sched.run();
  wait();
  CAF_REQUIRE_EQUAL(page->states.size(), 1u);
  CAF_CHECK_EQUAL(page->states[0].whole->at("name"), "rover");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace status_watch_suite
