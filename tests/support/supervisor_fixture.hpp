// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "actors/process_supervisor.hpp"
#include "tests/support/fake_child_starter.hpp"

#include "tests/support/actor_fixture.hpp"

namespace rr {

/// A supervisor of one child, `camera`, that is told of by the test.
struct supervisor_fixture : actor_fixture {
  fake_child_starter starter;
  stop_cord cord;
  process_settings settings;
  process_supervisor_actor supervisor;
  /// None, unless a test has one.
  run_recorder_actor recorder;

  supervisor_fixture() {
    settings.name = "camera";
    settings.command = {"camera-driver"};
    settings.terminate_timeout = std::chrono::seconds{2};
    settings.on_failure = robot_reaction::ignore;
  }

  ~supervisor_fixture() override {
    self->send_exit(supervisor, caf::exit_reason::kill);
    supervisor = nullptr;
    run();
  }

  void spawn() {
    supervisor = sys.spawn(process_supervisor, settings, 255, &starter, &cord,
                           log, process_observer_actor{}, recorder);
    self->monitor(supervisor);
    run();
  }

  void start() {
    spawn();
    self->send(supervisor, atom::start_v);
    run();
  }

  void start_and_run() {
    start();
    started(17);
  }

  void started(int32_t pid) {
    starter.listeners.at("camera").started({pid});
    sched.run();
  }

  void start_failed(const std::string& why) {
    starter.listeners.at("camera").start_failed(
      {caf::make_error(ec::start_failed, why)});
    sched.run();
  }

  void exited(int32_t exit_code, ended_by cause = ended_by::itself) {
    starter.listeners.at("camera").exited({exit_code, cause});
    sched.run();
  }

  template <class... Ts>
  void tell(Ts... xs) {
    self->send(supervisor, xs...);
    sched.run();
  }

  void shut_down() {
    self->send_exit(supervisor, caf::exit_reason::user_shutdown);
    sched.run();
  }

  /// The last of that name.
  log_event last(std::string_view event) const {
    auto all = events->events();
    for (auto i = all.rbegin(); i != all.rend(); ++i)
      if (i->event == event)
        return *i;
    CAF_FAIL("no " << event);
  }

  process_state state() {
    return status().state;
  }

  process_status status() {
    auto pending = self->request(supervisor, caf::infinite, atom::status_v);
    sched.run();
    process_status result;
    pending.receive([&](process_status& x) { result = std::move(x); },
                    [&](caf::error& what) { CAF_FAIL(describe(what)); });
    return result;
  }

  const fake_child_starter::orders& told() {
    return starter.told["camera"];
  }
};

} // namespace rr
