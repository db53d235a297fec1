// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <caf/send.hpp>

#include "app/runtime/application.hpp"
#include "messages/process/status.hpp"
#include "tests/support/fake_child_starter.hpp"

#include "tests/support/actor_fixture.hpp"

namespace rr {

/// A root actor whose children are told of by the test.
struct application_fixture : actor_fixture {
  fake_child_starter starter;
  stop_cord cord;
  application_settings settings;
  application_actor app;

  application_fixture() {
    settings.starter = &starter;
    settings.cord = &cord;
    settings.log = log;
  }

  ~application_fixture() override {
    self->send_exit(app, caf::exit_reason::kill);
    app = nullptr;
    run();
  }

  process_settings& process(const std::string& name,
                            std::vector<std::string> after = {}) {
    auto& result = settings.processes.emplace_back();
    result.name = name;
    result.after = std::move(after);
    return result;
  }

  void start() {
    app = sys.spawn(application, settings);
    cord.observe(
      [this](const stop_cord_pulled& fact) { caf::anon_send(app, fact); });
    self->monitor(app);
    self->send(app, atom::start_v);
    sched.run();
  }

  void started(const std::string& name) {
    starter.listeners.at(name).started({17});
    sched.run();
  }

  void exited(const std::string& name, int32_t exit_code,
              ended_by cause = ended_by::itself) {
    starter.listeners.at(name).exited({exit_code, cause});
    sched.run();
  }

  void terminated(const std::string& name) {
    exited(name, -15, ended_by::terminate);
  }

  /// What the bridge does of a child that exits with the code.
  void raise(const std::string& name) {
    cord.pull({name, "", 255, 17});
    exited(name, 255);
  }

  void stop() {
    self->send(app, atom::stop_v, std::string{"SIGTERM"});
    sched.run();
  }

  bool told(const std::string& name, const std::string& order) {
    const auto& all = starter.told[name];
    return std::find(all.begin(), all.end(), order) != all.end();
  }

  robot_status status() {
    auto pending = self->request(app, caf::infinite, atom::status_v);
    sched.run();
    robot_status result;
    pending.receive([&](robot_status& x) { result = std::move(x); },
                    [&](caf::error& what) { CAF_FAIL(describe(what)); });
    return result;
  }

  int exit_code() {
    return exit_code_of(end_of(app.address()), 255);
  }

  std::string stop_reason() {
    auto last = events->events().back();
    CAF_CHECK_EQUAL(last.event, "Application is exiting");
    return std::get<std::string>(last.fields.at(0).value);
  }
};

} // namespace rr
