// SPDX-License-Identifier: BSD-3-Clause

// A configuration that takes the place of another one; a line of equals signs
// stands between the two. What a reload does is exactly what differs.

#include <algorithm>
#include <set>

#include "app/config/reread_configuration.hpp"
#include "app/runtime/start_plan.hpp"
#include "messages/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

using settings_list = std::vector<process_settings>;
using name_list = std::vector<std::string>;

constexpr std::string_view separator = "\n=====\n";

options options_of(std::string_view text) {
  option_sources sources;
  sources.environment = {{"HOME", "/home/robot"}, {"PATH", "/usr/bin:/bin"}};
  sources.file = "/nonexistent/robot.ini";
  sources.text = std::string{text};
  return options::read(sources);
}

const process_settings* find(const settings_list& all,
                             const std::string& name) {
  auto found = std::ranges::find(all, name, &process_settings::name);
  return found == all.end() ? nullptr : &*found;
}

bool has(const name_list& all, const std::string& name) {
  return std::ranges::find(all, name) != all.end();
}

bool is_empty(const process_changes& x) {
  return x.started.empty() && x.stopped.empty() && x.restarted.empty();
}

void check_needs(const configuration& running, const options& now) {
  std::set<std::pair<std::string, std::string>> keys;
  for (const auto& each : restart_needs(running, now, {}, now.problems())) {
    auto line = to_string(each);
    require(is_utf8(line) && line.find('\n') == line.npos,
            "a need is one line of text");
    require(keys.emplace(each.group, each.key).second,
            "of a key one need is told");
  }
}

void check_changes(const settings_list& old, const settings_list& now,
                   const process_changes& changes) {
  for (const auto& each : old)
    require(has(changes.stopped, each.name) == !find(now, each.name),
            "who is there no more is stopped");
  for (const auto& each : now) {
    const auto* before = find(old, each.name);
    require(has(changes.started, each.name) == !before,
            "who is new is started");
    require(has(changes.restarted, each.name) == (before && *before != each),
            "who is another one is restarted");
  }
  require(changes.started.size() + changes.restarted.size() <= now.size()
            && changes.stopped.size() <= old.size(),
          "each is named once");
}

void check_ends(const settings_list& old, const process_changes& changes) {
  name_list ended;
  auto groups = let_go(old, changes);
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    for (const auto& name : *group)
      for (const auto& other : old)
        require(!has(other.after, name) || !lets_go(changes, other.name)
                  || has(ended, other.name),
                "whoever comes after another ends before it");
    ended.insert(ended.end(), group->begin(), group->end());
  }
  require(ended.size() == changes.stopped.size() + changes.restarted.size(),
          "all that go end, each once");
}

void run(start_plan& plan, const settings_list& processes,
         const std::set<std::string>& expected) {
  std::set<std::string> begun;
  for (auto due = plan.take_due(); !due.empty(); due = plan.take_due())
    for (auto i : due) {
      const auto& each = processes.at(i);
      require(begun.insert(each.name).second, "each starts once");
      for (const auto& before : each.after)
        require(!expected.contains(before) || begun.contains(before),
                "whoever comes after another starts after it");
      plan.note({each.name, process_state::running, true}, {});
    }
  require(begun == expected, "exactly those start that are to");
}

std::set<std::string> names_of(const settings_list& all) {
  std::set<std::string> result;
  for (const auto& each : all)
    result.insert(each.name);
  return result;
}

void check_plan(const settings_list& old, const settings_list& now,
                const process_changes& changes) {
  start_plan plan{old};
  run(plan, old, names_of(old));
  auto next = plan.followed_by(now, changes);
  std::set<std::string> expected{changes.started.begin(),
                                 changes.started.end()};
  expected.insert(changes.restarted.begin(), changes.restarted.end());
  run(next, now, expected);
  require(next.settled() && next.changes_made(), "a reload has an end");
}

} // namespace

FUZZ_TARGET(reload) {
  auto text = fuzz::as_text(bytes);
  auto end = std::min(text.find(separator), text.size());
  configuration running{options_of(text.substr(0, end)), {}};
  if (running.opts.bad())
    return;
  const auto& old = running.opts.processes();
  require(restart_needs(running, running.opts, {}, {}).empty()
            && is_empty(changed(old, old)),
          "what has not changed needs nothing");
  auto now
    = options_of(text.substr(std::min(end + separator.size(), text.size())));
  check_needs(running, now);
  if (now.bad())
    return;
  auto changes = changed(old, now.processes());
  check_changes(old, now.processes(), changes);
  check_ends(old, changes);
  check_plan(old, now.processes(), changes);
}
