// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE hold_watch

#include "app/runtime/hold_watch.hpp"

#include "app/runtime/hold_sources.hpp"

#include "tests/support/application_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace hold_watch_suite {
namespace {

using texts = std::vector<std::string>;

struct fixture : application_fixture {
  std::shared_ptr<hold_list> holds = std::make_shared<hold_list>();
  hold_watch_settings watched;
  caf::actor watch;
  std::vector<caf::actor> made;
  std::shared_ptr<status_bell> bell = std::make_shared<status_bell>();

  fixture() {
    settings.on_moved = [this](const process_moved& x) { bell->moved(x); };
  }

  ~fixture() override {
    made.clear();
    self->send_exit(watch, caf::exit_reason::kill);
    watch = nullptr;
  }

  void start_watch() {
    start();
    watched.root = app;
    watched.holds = holds;
    watched.log = log;
    watched.bell = bell;
    watch = sys.spawn(hold_watch, std::move(watched));
    watched = {};
    sched.run();
  }

  void look() {
    advance_time(900ms);
    sched.run();
  }

  void gather() {
    advance_time(200ms);
    sched.run();
  }

  texts names() const {
    texts result;
    for (const auto& each : holds->list())
      result.push_back(each.what);
    return result;
  }

  bool has(const std::string& what) const {
    auto all = names();
    return std::find(all.begin(), all.end(), what) != all.end();
  }
};

process_status status_of(process_state state,
                         caf::optional<int32_t> last_exit = caf::none) {
  process_status result;
  result.name = "camera";
  result.state = state;
  result.last_exit = last_exit;
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(hold_watch_tests, fixture)

CAF_TEST(a process that does not run is named until it does) {
  auto& camera = process("camera");
  camera.on_failure = robot_reaction::ignore;
  camera.restart.policy = restart_policy::always;
  camera.restart.delay = 1h;
  start_watch();
  CAF_CHECK(names().empty());
  look();
  CAF_CHECK(has("the robot is starting"));
  CAF_CHECK(has("process camera is starting"));
  started("camera");
  look();
  CAF_CHECK(names().empty());
  exited("camera", 3);
  look();
  CAF_CHECK((names() == texts{"process camera is restarting"}));
}

CAF_TEST(nothing is read of what processes have of the machine) {
  process("camera");
  start_watch();
  started("camera");
  look();
  look();
  CAF_CHECK_EQUAL(starter.usage_reads, 0u);
}

CAF_TEST(a robot that stops is named) {
  process("camera");
  start_watch();
  started("camera");
  stop();
  look();
  CAF_CHECK(has("the robot is stopping"));
  CAF_CHECK(has("process camera is terminating"));
  terminated("camera");
  look();
  look();
}

CAF_TEST(what has moved is asked about long before the next look) {
  auto& camera = process("camera");
  camera.on_failure = robot_reaction::ignore;
  start_watch();
  gather();
  CAF_CHECK(has("process camera is starting"));
  started("camera");
  gather();
  CAF_CHECK(names().empty());
  exited("camera", 3);
  gather();
  CAF_CHECK((names() == texts{"process camera has ended with exit code 3"}));
}

CAF_TEST(of a robot at rest the root is asked nothing) {
  process("camera").on_failure = robot_reaction::ignore;
  start_watch();
  started("camera");
  gather();
  CAF_CHECK(names().empty());
  advance_time(700ms);
  expect((atom::tick), from(watch).to(watch));
  disallow((atom::list), from(watch).to(app));
  // Whose hold may change without a step, as that of one that waits.
  exited("camera", 3);
  gather();
  CAF_CHECK_EQUAL(names().size(), 1u);
  advance_time(700ms);
  expect((atom::tick), from(watch).to(watch));
  expect((atom::list), from(watch).to(app));
}

CAF_TEST(a root that does not answer holds a robot back) {
  process("camera");
  start_watch();
  // A supervisor owes its answer to the root, which owes its own.
  advance_time(200ms);
  expect((atom::wait), from(watch).to(watch));
  expect((atom::list), from(watch).to(app));
  self->send(watch, atom::tick_v);
  sched.prioritize(watch);
  sched.run_once();
  CAF_CHECK(has("the runtime does not answer"));
  sched.run();
  CAF_CHECK(!has("the runtime does not answer"));
}

CAF_TEST(what has a look of its own is looked at each time) {
  auto count = 0;
  watched.looks.push_back(
    [&](hold_list& list, auto) { list.set("no driver", ++count % 2 == 1); });
  start_watch();
  look();
  CAF_CHECK((names() == texts{"no driver"}));
  look();
  CAF_CHECK(names().empty());
  CAF_CHECK_EQUAL(count, 2);
}

CAF_TEST(updates that cannot be sent hold until one is) {
  auto status = std::make_shared<update_status>();
  watched.updates = sys.spawn([status](update_publisher_actor::pointer) {
    return update_publisher_actor::behavior_type{
      [status](atom::status) { return *status; }, [](atom::tick) {}};
  });
  start_watch();
  look();
  CAF_CHECK(names().empty());
  status->unsent = 3;
  look();
  CAF_CHECK((names() == texts{"updates cannot be sent"}));
  // Nothing has been tried since.
  look();
  CAF_CHECK_EQUAL(names().size(), 1u);
  status->updates = 1;
  look();
  CAF_CHECK(names().empty());
}

CAF_TEST(every state of a process is named but those that hold nothing) {
  using enum process_state;
  auto hold = [](process_state state, auto... exit) {
    return hold_of(status_of(state, exit...), false);
  };
  CAF_CHECK_EQUAL(hold(running), "");
  CAF_CHECK_EQUAL(hold(exited, 0), "");
  CAF_CHECK_EQUAL(hold(exited, 3), "process camera has ended with exit code 3");
  CAF_CHECK_EQUAL(hold(exited), "process camera was stopped before it started");
  CAF_CHECK_EQUAL(hold(idle), "process camera has not been started");
  CAF_CHECK_EQUAL(hold_of(status_of(idle), true), "");
  CAF_CHECK_EQUAL(hold(failed), "process camera has failed");
  for (auto state : {starting, restarting, terminating, killing})
    CAF_CHECK_EQUAL(hold(state),
                    std::string{"process camera is "} + to_string(state));
}

CAF_TEST(losses hold until there are no more for a while) {
  loss_hold x;
  auto now = loss_hold::time_point{} + 1h;
  CAF_CHECK(!x.update(0, true, now));
  CAF_CHECK(x.update(1, true, now));
  CAF_CHECK(x.update(1, true, now + 299ms));
  CAF_CHECK(!x.update(1, true, now + 300ms));
  // While nothing could be written it is not over.
  now += 1h;
  CAF_CHECK(x.update(2, false, now));
  CAF_CHECK(x.update(2, false, now + 10s));
  CAF_CHECK(!x.update(2, true, now + 10s));
}

CAF_TEST(losses that come back soon are waited for longer each time) {
  loss_hold x;
  auto now = loss_hold::time_point{} + 1h;
  auto lost = uint64_t{0};
  auto quiet = 300ms;
  for (auto round = 0; round < 12; ++round) {
    CAF_CHECK(x.update(++lost, true, now));
    CAF_CHECK(x.update(lost, true, now + quiet - 1ms));
    CAF_CHECK(!x.update(lost, true, now + quiet));
    now += quiet + 1s;
    quiet = std::min<std::chrono::milliseconds>(quiet * 2, 30s);
  }
  // After a time without any it is as new.
  now += 1h;
  CAF_CHECK(x.update(++lost, true, now));
  CAF_CHECK(!x.update(lost, true, now + 300ms));
}

CAF_TEST(parameters without a safe value are named once) {
  parameter power;
  power.name = "power";
  power.writeable = true;
  parameter speed;
  speed.name = "speed";
  device_type motor;
  motor.name = "motor";
  motor.parameters = {power, speed};
  hold_for_unsafe(*holds, catalog{{motor}});
  CAF_CHECK((names() == texts{"parameters have no safe value: motor.power"}));
  holds = std::make_shared<hold_list>();
  hold_for_unsafe(*holds, catalog{});
  CAF_CHECK(holds->empty());
}

CAF_TEST(an output that loses events is named with the reason) {
  struct losing_output : log_output {
    void write(const log_event&) noexcept override {
    }

    sink_loss own_loss() const noexcept override {
      return {"file", "robot", lost, lost > 0 ? ENOSPC : 0};
    }

    std::atomic<uint64_t> lost{0};
  };
  auto output = std::make_shared<losing_output>();
  auto outputs = log_dispatcher::make(16, {output});
  CAF_REQUIRE(outputs);
  auto see = look_at_log(*outputs);
  auto now = hold_watch_settings::time_point{} + 1h;
  see(*holds, now);
  CAF_CHECK(names().empty());
  output->lost = 3;
  see(*holds, now);
  CAF_CHECK(
    (names() == texts{"the log file loses events: no space left on device"}));
  see(*holds, now + 400ms);
  CAF_CHECK(names().empty());
}

CAF_TEST(a device that has a name holds a robot back until it is there) {
  parameter speed;
  speed.name = "speed";
  speed.type = *parse_value_type("float");
  device_type motor;
  motor.name = "motor";
  motor.device_id = 13;
  motor.parameters = {speed};
  auto state = robot_state::make_private();
  CAF_REQUIRE(state);
  buffer_registry_settings made_of;
  made_of.shared = false;
  made_of.types = catalog{{motor}};
  made_of.robot = std::move(*state);
  auto buffers = std::make_shared<buffer_registry>(made_of);
  auto key = device_key{"motor", {13, 0, 5}};
  auto see = look_at_devices(buffers, {{"wheel", key.uid}});
  see(*holds, {});
  CAF_CHECK((names() == texts{"device wheel is not there"}));
  CAF_REQUIRE(buffers->open(key));
  see(*holds, {});
  CAF_CHECK(names().empty());
  CAF_REQUIRE(!buffers->close(key));
  see(*holds, {});
  CAF_CHECK_EQUAL(names().size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace hold_watch_suite
