// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/process_section.hpp"

#include "app/config/option_value.hpp"
#include "app/config/process_limits.hpp"
#include "app/config/script_argument.hpp"
#include "bridges/process/program_file.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// The value of a key, or its default.
template <class T>
T value_of(const process_section& section, std::string_view key) {
  auto i = section.values.find(key);
  auto row = find_process_key(key);
  auto value = i != section.values.end() && i->second.good
                 ? i->second.value
                 : initial_value(*row);
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    T result;
    if (auto list = caf::get_if<caf::config_value::list>(&value))
      for (auto& x : *list)
        result.push_back(render_plain(x));
    return result;
  } else {
    auto result = caf::get_if<T>(&value.get_data());
    return result ? *result : T{};
  }
}

process_output to_output(std::string_view text) noexcept {
  if (text == "inherit")
    return process_output::inherit;
  return text == "null" ? process_output::null : process_output::log;
}

robot_reaction to_reaction(std::string_view text) noexcept {
  if (text == "emergency-stop")
    return robot_reaction::emergency_stop;
  return text == "stop" ? robot_reaction::stop : robot_reaction::ignore;
}

restart_policy to_policy(std::string_view text) noexcept {
  if (text == "always")
    return restart_policy::always;
  return text == "on-failure" ? restart_policy::on_failure
                              : restart_policy::never;
}

restart_settings make_restart(const process_section& section) {
  return {.policy = to_policy(value_of<std::string>(section, "restart")),
          .delay = value_of<caf::timespan>(section, "restart-delay"),
          .max_delay = value_of<caf::timespan>(section, "restart-max-delay"),
          .limit
          = static_cast<uint32_t>(value_of<int64_t>(section, "restart-limit")),
          .window = value_of<caf::timespan>(section, "restart-window"),
          .healthy_after = value_of<caf::timespan>(section, "healthy-after")};
}

readiness to_readiness(std::string_view text) noexcept {
  if (text == "notify")
    return readiness::notify;
  return text == "probe" ? readiness::probe : readiness::started;
}

readiness_settings make_readiness(const process_section& section) {
  return {.kind = to_readiness(value_of<std::string>(section, "ready")),
          .timeout = value_of<caf::timespan>(section, "ready-timeout"),
          .watchdog = value_of<caf::timespan>(section, "watchdog")};
}

probe_settings make_probe(const process_section& section) {
  return {.command = value_of<std::vector<std::string>>(section, "probe"),
          .interval = value_of<caf::timespan>(section, "probe-interval"),
          .timeout = value_of<caf::timespan>(section, "probe-timeout"),
          .limit
          = static_cast<uint32_t>(value_of<int64_t>(section, "probe-limit"))};
}

limit_settings make_limits(const process_section& section) {
  limit_settings result;
  auto bytes = [&](std::string_view key) {
    return static_cast<uint64_t>(value_of<int64_t>(section, key));
  };
  result.memory_max = bytes("memory-max");
  result.open_files = bytes("open-files");
  result.nice = static_cast<int32_t>(value_of<int64_t>(section, "nice"));
  for (const auto& cpu :
       value_of<caf::config_value::list>(section, "cpu-affinity"))
    if (auto number = caf::get_if<int64_t>(&cpu))
      result.cpu_affinity.push_back(static_cast<int32_t>(*number));
  result.user = value_of<std::string>(section, "user");
  result.group = value_of<std::string>(section, "group");
  result.no_new_privileges = value_of<bool>(section, "no-new-privileges");
  return result;
}

std::string search_path(const environment_map& common,
                        const caf::settings& own) {
  if (auto i = own.find("PATH"); i != own.end())
    return render_plain(i->second);
  // What execvp takes when there is no PATH.
  auto i = common.find("PATH");
  return i != common.end() ? i->second : "/bin:/usr/bin";
}

void check_directory(const process_section& section,
                     const process_settings& settings, problem_list& problems) {
  if (settings.directory.empty() || is_directory(settings.directory))
    return;
  std::error_code ignored;
  auto is_there = std::filesystem::exists(settings.directory, ignored);
  problems.warning(
    section.place_of("directory"), "process." + section.name, "directory",
    about_path(settings.directory,
               std::string{is_there ? "is no directory" : "does not exist"}
                 + ", expected a directory"));
}

/// Whether the program of a command, the child's or its probe's, can be
/// executed.
void check_program(const process_section& section, std::string_view key,
                   const std::vector<std::string>& command,
                   const std::string& directory, const std::string& path,
                   problem_list& problems) {
  auto tell = [&](bool is_error, const std::string& text) {
    auto how = is_error ? &problem_list::error : &problem_list::warning;
    (problems.*how)(section.place_of(key), "process." + section.name,
                    std::string{key}, text);
  };
  auto& program = command[0];
  if (program.empty())
    return tell(true, "\"\" is no program, expected "
                        + expectation(*find_process_key(key)));
  // A directory that is not there yet may bring the program with it.
  if (!directory.empty() && !is_directory(directory) && program[0] != '/')
    return;
  auto fault = inspect_program(program, directory, path);
  if (!fault) {
    if (auto wrong = script_fault(command, directory, path); !wrong.empty())
      tell(true, wrong + ", expected a script for " + visible_path(program));
    return;
  }
  // What is being copied or built is whole by the time of its start.
  auto is_error = fault.what != program_fault::kind::format;
  tell(is_error, about_path(program, fault.text)
                   + (is_error ? ", expected a program that can be executed"
                               : ", so its start will fail"));
}

void check_command(const process_section& section,
                   const process_settings& settings, const std::string& path,
                   problem_list& problems) {
  auto i = section.values.find("command");
  if (i == section.values.end())
    problems.error(
      section.place_of("command"), "process." + section.name, "command",
      "is missing, expected " + expectation(*find_process_key("command")));
  else if (i->second.good)
    check_program(section, "command", settings.command, settings.directory,
                  path, problems);
}

/// A child that waits for its probe has one, and it can be executed.
void check_probe(const process_section& section,
                 const process_settings& settings, const std::string& path,
                 problem_list& problems) {
  if (!settings.probe.command.empty())
    check_program(section, "probe", settings.probe.command, settings.directory,
                  path, problems);
  else if (settings.ready.kind == readiness::probe)
    problems.error(section.place_of("ready"), "process." + section.name,
                   "ready", "\"probe\" needs a probe, expected one beside it");
}

/// Makes the directory absolute, and programs that are relative paths and have
/// no directory to be looked up in.
void resolve_paths(const process_section& section,
                   const path_resolver& absolute, process_settings& settings) {
  if (!settings.directory.empty())
    settings.directory = absolute(settings.directory,
                                  section.place_of("directory"));
  else
    for (auto [key, command] : {std::pair{"command", &settings.command},
                                std::pair{"probe", &settings.probe.command}})
      if (!command->empty() && command->front().find('/') != std::string::npos)
        command->front() = absolute(command->front(), section.place_of(key));
}

process_settings
make_process(const process_section& section, const environment_map& common,
             const path_resolver& absolute, problem_list& problems) {
  auto own = value_of<caf::settings>(section, "environment");
  environment_map variables;
  process_settings result;
  result.limits = make_limits(section);
  resolve_limits(section, result.limits, variables, problems);
  result.name = section.name;
  result.command = value_of<std::vector<std::string>>(section, "command");
  result.directory = value_of<std::string>(section, "directory");
  result.environment = child_environment(common, std::move(variables),
                                         section.name, own);
  result.terminate_timeout = value_of<caf::timespan>(section,
                                                     "terminate-timeout");
  result.restart = make_restart(section);
  result.ready = make_readiness(section);
  result.probe = make_probe(section);
  result.output = to_output(value_of<std::string>(section, "output"));
  result.on_failure = to_reaction(value_of<std::string>(section, "on-failure"));
  result.on_success = to_reaction(value_of<std::string>(section, "on-success"));
  result.after = value_of<std::vector<std::string>>(section, "after");
  resolve_paths(section, absolute, result);
  check_directory(section, result, problems);
  auto path = search_path(common, own);
  check_command(section, result, path, problems);
  check_probe(section, result, path, problems);
  return result;
}

} // namespace

std::vector<process_settings>
make_processes(const std::vector<process_section>& sections,
               const environment_map& common, const path_resolver& absolute,
               problem_list& problems) {
  std::vector<process_settings> result;
  result.reserve(sections.size());
  for (auto& section : sections)
    result.push_back(make_process(section, common, absolute, problems));
  check_order(sections, problems);
  return result;
}

} // namespace rr
