// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "messages/process/reload.hpp"

#include "tests/support/application_fixture.hpp"

namespace rr {

/// A root actor that is told by the test what its configuration says now.
struct reload_fixture : application_fixture {
  using names = std::vector<std::string>;
  using processes = std::vector<process_settings>;

  /// How often it has had its configuration read again.
  int reads = 0;

  reload_fixture() {
    settings.reread = [this](const application_actor&) { ++reads; };
  }

  static process_settings make(std::string name, names after = {},
                               names command = {"/bin/true"}) {
    process_settings result;
    result.name = std::move(name);
    result.command = std::move(command);
    result.after = std::move(after);
    return result;
  }

  /// Starts a robot of these, all of which run.
  void run_all(const processes& all) {
    settings.processes = all;
    start();
    for (size_t i = 0; i < starter.started.size(); ++i)
      started(starter.started[i]);
  }

  auto reload() {
    auto pending = self->request(app, caf::infinite, reload_processes{"Ada"});
    sched.run();
    return pending;
  }

  void read(configuration_read fact) {
    caf::anon_send(app, std::move(fact));
    sched.run();
  }

  void read(processes now) {
    read(configuration_read{{}, std::move(now)});
  }

  template <class Pending>
  process_changes changes(Pending& pending) {
    process_changes result;
    pending.receive([&](process_changes& x) { result = std::move(x); },
                    [&](caf::error& what) { CAF_FAIL(describe(what)); });
    return result;
  }

  template <class Pending>
  caf::error refusal(Pending& pending) {
    caf::error result;
    pending.receive([](process_changes&) { CAF_FAIL("unexpected success"); },
                    [&](caf::error& what) { result = std::move(what); });
    return result;
  }

  /// What each child was told from here on.
  std::map<std::string, names> news() {
    auto result = std::exchange(told_before_, starter.told);
    for (auto& [name, orders] : result) {
      auto all = starter.told[name];
      orders = names(all.begin() + static_cast<ptrdiff_t>(orders.size()),
                     all.end());
    }
    for (const auto& [name, orders] : starter.told)
      result.emplace(name, orders);
    std::erase_if(result, [](const auto& x) { return x.second.empty(); });
    return result;
  }

  names process_names() {
    names result;
    for (const auto& each : status().processes)
      result.push_back(each.name);
    return result;
  }

  process_state state_of(const std::string& name) {
    for (const auto& each : status().processes)
      if (each.name == name)
        return each.state;
    CAF_FAIL("no process is named " << name);
  }

  /// The fields of the last event of that name, as text.
  std::map<std::string, std::string> event(const std::string& name) {
    std::map<std::string, std::string> result;
    for (const auto& each : events->events())
      if (each.event == name) {
        result.clear();
        for (const auto& field : each.fields)
          if (auto text = std::get_if<std::string>(&field.value))
            result[field.name] = *text;
      }
    return result;
  }

private:
  std::map<std::string, names> told_before_;
};

} // namespace rr
