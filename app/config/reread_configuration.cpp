// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/reread_configuration.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>

#include "app/config/option_table.hpp"
#include "app/config/option_value.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// Longest value that is shown, in bytes.
constexpr size_t max_shown = 200;

/// Only a pipe has anybody wait for it.
constexpr auto no_patience = std::chrono::milliseconds{0};

std::string shown(const caf::config_value* value) {
  return value ? visible_text(render_value(*value), max_shown) : "its default";
}

/// Compares two configurations, key by key.
class comparison {
public:
  comparison(const configuration& running, const options& now,
             const std::vector<config_problem>& told)
    : running_(running),
      now_(now),
      told_(told) {
  }

  void compare_options() {
    for (const auto& row : option_table())
      if (!follows_debug(full_name(row)))
        compare(row.group, row.key, running_.opts.values(), now_.values());
  }

  /// Those of CAF, which are in the one or in the other.
  void compare_actor_system() {
    const auto& before = running_.opts.actor_system();
    const auto& after = now_.actor_system();
    std::set<std::pair<std::string, std::string>> keys;
    for (const auto* all : {&before, &after})
      for (const auto& [group, values] : *all)
        if (auto section = caf::get_if<caf::settings>(&values))
          for (const auto& [key, value] : *section)
            keys.emplace(group, key);
    for (const auto& [group, key] : keys)
      compare(group, key, before, after);
  }

  void compare_catalog(const catalog& types) {
    if (types != running_.types
        && std::ranges::none_of(result_, [](const config_problem& x) {
             return x.group == "device" && x.key == "catalog";
           }))
      tell("device", "catalog", "what it says has changed");
  }

  /// Where control groups bound memory is settled at the start.
  void compare_memory_bounds() {
    auto bounded = [](const process_settings& x) {
      return x.limits.memory_max != 0;
    };
    if (std::ranges::any_of(running_.opts.processes(), bounded))
      return;
    for (const auto& process : now_.processes())
      if (bounded(process))
        tell("process." + process.name, "memory-max",
             "no process had one at the start");
  }

  std::vector<config_problem> take() {
    return std::move(result_);
  }

private:
  /// `application.debug` sets the level, and is told by itself.
  bool follows_debug(const std::string& name) const {
    return name == "log.level" && running_.opts.where(name).empty()
           && now_.where(name).empty();
  }

  void compare(std::string_view group, std::string_view key,
               const caf::settings& before, const caf::settings& after) {
    auto name = std::string{group} + '.' + std::string{key};
    auto old = caf::get_if(&before, name);
    auto now = caf::get_if(&after, name);
    if ((!old && !now) || (old && now && *old == *now))
      return;
    tell(group, key, "is " + shown(now) + ", was " + shown(old));
  }

  void tell(std::string_view group, std::string_view key, std::string text) {
    if (std::ranges::any_of(told_, [&](const config_problem& x) {
          return !x.is_warning && x.group == group && x.key == key;
        }))
      return;
    config_problem problem;
    problem.where = now_.where(std::string{group} + '.' + std::string{key});
    if (problem.where.empty())
      problem.where = now_.file().empty() ? "command line"
                                          : visible_path(now_.file());
    problem.group = group;
    problem.key = key;
    problem.text = std::move(text)
                   + ", expected no change without a restart of the runtime";
    result_.push_back(std::move(problem));
  }

  const configuration& running_;
  const options& now_;
  const std::vector<config_problem>& told_;
  std::vector<config_problem> result_;
};

/// Whether keys may be missing that the file has: what is not known is not
/// compared.
bool hides_keys(const std::vector<config_problem>& problems) {
  return std::ranges::any_of(problems, [](const config_problem& x) {
    return !x.is_warning && x.key.empty();
  });
}

} // namespace

std::vector<config_problem>
restart_needs(const configuration& running, const options& now,
              const catalog& types, const std::vector<config_problem>& told) {
  if (hides_keys(told))
    return {};
  comparison result{running, now, told};
  result.compare_options();
  result.compare_actor_system();
  result.compare_memory_bounds();
  if (!any_error(told))
    result.compare_catalog(types);
  return result.take();
}

configuration_read reread_configuration(const std::vector<std::string>& args,
                                        const options::environment& env,
                                        const configuration& running) {
  configuration_read result;
  auto sources = gather_sources(args, no_patience, env);
  if (sources.file.empty() && !running.opts.file().empty()) {
    result.problems.push_back(visible_path(running.opts.file())
                              + ": is gone, expected the configuration that "
                                "this robot was started with");
    return result;
  }
  std::error_code ignored;
  if (std::filesystem::exists(sources.file, ignored)
      && !std::filesystem::is_regular_file(sources.file, ignored)) {
    result.problems.push_back(visible_path(sources.file)
                              + ": is no regular file, expected one: nothing "
                                "else can be read again");
    return result;
  }
  auto reading = read_configuration(sources);
  const auto& [opts, types] = reading.value;
  auto needs = restart_needs(running, opts, types, reading.problems);
  std::ranges::move(needs, std::back_inserter(reading.problems));
  if (reading.bad())
    for (const auto& each : reading.problems)
      result.problems.push_back(to_string(each));
  else
    result.processes = opts.processes();
  return result;
}

} // namespace rr
