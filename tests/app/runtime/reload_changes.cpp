// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE reload_changes

#include <fstream>

#include "app/config/reread_configuration.hpp"
#include "tests/support/random_robot.hpp"
#include "tests/support/temporary_folder.hpp"

#include "tests/support/reload_fixture.hpp"

using namespace rr;

namespace reload_changes_suite {
namespace {

using names = std::vector<std::string>;

/// A configuration file that the runtime of a robot has read.
struct configured_robot {
  temporary_folder folder;
  std::string path = folder.file("robot.ini");
  names arguments{"--config-file=" + path};
  options::environment env{{"HOME", "/nowhere"}, {"PATH", "/usr/bin:/bin"}};
  configuration running;

  void write(const std::string& text) {
    std::ofstream{path} << text;
  }

  void load() {
    running = {options::read(arguments, env), {}};
    if (running.opts.bad())
      CAF_FAIL(to_string(running.opts.problems().at(0)));
  }

  std::vector<process_settings> reread() {
    auto fact = reread_configuration(arguments, env, running);
    if (!fact.problems.empty())
      CAF_FAIL(fact.problems[0]);
    return std::move(fact.processes);
  }
};

bool has(const names& all, const std::string& name) {
  return std::ranges::find(all, name) != all.end();
}

/// A robot whose children do what they are told, one after the other in an
/// order that is left to chance, as is that of the actors.
struct fixture : reload_fixture {
  std::mt19937 random;
  process_changes expected;
  /// Those that live, and those of them that are told to end.
  names living;
  names ending;

  void run_in_disorder() {
    while (sched.has_job()) {
      std::shuffle(sched.jobs.begin(), sched.jobs.end(), random);
      sched.run_once();
    }
  }

  /// What the children that were told something are to do.
  names left_to_do() const {
    names result;
    for (const auto& [name, orders] : starter.told)
      if (orders.back() == "terminate"
          || (orders.back() == "start" && !has(living, name)))
        result.push_back(name);
    return result;
  }

  void check_order(const processes& old, const processes& now) {
    for (const auto& [name, orders] : starter.told)
      for (const auto& each : orders.back() == "start" ? now : old) {
        auto is_later = has(each.after, name);
        if (orders.back() == "start" && each.name == name && !has(living, name))
          for (const auto& before : each.after)
            CAF_CHECK(has(living, before));
        if (orders.back() == "terminate" && is_later
            && lets_go(expected, each.name))
          CAF_CHECK(!has(living, each.name));
      }
  }

  void let_one_act(const names& all) {
    std::uniform_int_distribution<size_t> any{0, all.size() - 1};
    const auto& name = all[any(random)];
    auto ends = starter.told[name].back() == "terminate";
    // What it does comes after it is known that it is done.
    auto listener = starter.listeners.at(name);
    if (ends) {
      std::erase(living, name);
      listener.exited({-15, ended_by::terminate});
    } else {
      living.push_back(name);
      listener.started({17});
    }
  }

  void reload_at_random(const processes& old, const processes& now) {
    run_all(old);
    for (const auto& each : old)
      living.push_back(each.name);
    auto before = starter.told;
    auto pending = self->request(app, caf::infinite, reload_processes{"Ada"});
    run_in_disorder();
    caf::anon_send(app, configuration_read{{}, now});
    for (;;) {
      run_in_disorder();
      check_order(old, now);
      auto all = left_to_do();
      if (all.empty())
        break;
      let_one_act(all);
    }
    CAF_CHECK((changes(pending) == expected));
    for (const auto& each : now) {
      CAF_CHECK(has(living, each.name));
      CAF_CHECK((starter.requests[each.name] == each));
      if (!lets_go(expected, each.name) && !has(expected.started, each.name))
        CAF_CHECK((starter.told[each.name] == before[each.name]));
    }
    CAF_CHECK_EQUAL(living.size(), now.size());
    names wanted;
    for (const auto& each : now)
      wanted.push_back(each.name);
    CAF_CHECK((process_names() == wanted));
  }
};

} // namespace

CAF_TEST(of a thousand changes each is found and nothing else) {
  std::mt19937 random{1};
  configured_robot robot;
  size_t touched = 0;
  for (auto i = 0; i < 100; ++i) {
    random_robot old{random};
    robot.write(old.text());
    robot.load();
    auto before = robot.running.opts.processes();
    for (auto j = 0; j < 10; ++j) {
      auto now = old;
      now.change();
      robot.write(now.text());
      auto after = robot.reread();
      auto expected = now.changes_since(old);
      auto found = changed(before, after);
      if (found != expected)
        CAF_FAIL("change " << i << '.' << j << ": "
                           << caf::deep_to_string(found) << " for "
                           << caf::deep_to_string(expected));
      touched += expected.started.size() + expected.stopped.size()
                 + expected.restarted.size();
      old = std::move(now);
      before = std::move(after);
    }
  }
  // What changes nothing would prove nothing.
  CAF_CHECK(touched > 500);
}

CAF_TEST(nobody is touched whose section has not changed) {
  std::mt19937 random{2};
  configured_robot robot;
  for (auto i = 0; i < 30; ++i) {
    CAF_MESSAGE("round " << i);
    random_robot old{random};
    auto now = old;
    for (auto n = 0; n < 3; ++n)
      now.change();
    robot.write(old.text());
    robot.load();
    robot.write(now.text());
    fixture x;
    x.random.seed(static_cast<unsigned>(i));
    x.expected = now.changes_since(old);
    x.reload_at_random(robot.running.opts.processes(), robot.reread());
  }
}

} // namespace reload_changes_suite
