// SPDX-License-Identifier: BSD-3-Clause
#include "app/options_reader.hpp"

#include <filesystem>

#include <pwd.h>
#include <unistd.h>

#include "app/child_environment.hpp"
#include "app/config_text.hpp"
#include "app/option_value.hpp"
#include "app/suggestion.hpp"
#include "messages/address.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr config_place on_command_line{config_place::source::command_line, 0};
constexpr config_place in_environment_variables{
  config_place::source::environment, 0};

std::string full_name(const option_row& row) {
  return std::string{row.group} + '.' + std::string{row.key};
}

std::string variable(const options::environment& env, const std::string& name) {
  auto i = env.find(name);
  return i != env.end() ? i->second : std::string{};
}

std::string home_directory(const options::environment& env, unsigned user_id) {
  if (auto home = variable(env, "HOME"); !home.empty())
    return home;
  auto entry = ::getpwuid(user_id);
  return entry && entry->pw_dir ? entry->pw_dir : "/";
}

/// An address that begins with `ipc://RUNTIME/` with the runtime directory in
/// that place, any other unchanged.
std::string place_address(const std::string& address,
                          const std::string& runtime_directory) {
  constexpr std::string_view start = "ipc://RUNTIME/";
  if (!address.starts_with(start))
    return address;
  return "ipc://" + runtime_directory + '/' + address.substr(start.size());
}

} // namespace

default_directories default_directories::of(const options::environment& env,
                                            bool is_root, unsigned user_id) {
  if (is_root)
    return {"/var/lib/robot-runtime", "/run/robot-runtime"};
  // What is not absolute is to be ignored, the XDG specification says.
  auto state = variable(env, "XDG_STATE_HOME");
  auto runtime = variable(env, "XDG_RUNTIME_DIR");
  return {
    (state.starts_with('/') ? state
                            : home_directory(env, user_id) + "/.local/state")
      + "/robot-runtime",
    runtime.starts_with('/') ? runtime + "/robot-runtime"
                             : "/tmp/robot-runtime-" + std::to_string(user_id)};
}

options_reader::options_reader(const std::vector<std::string>& arguments,
                               const options::environment& env)
  : arguments_(arguments),
    env_(env) {
}

options options_reader::read() {
  take_arguments();
  take_defaults();
  read_file();
  read_environment();
  read_command_line();
  settle();
  return std::move(result_);
}

void options_reader::take_arguments() {
  file_name_ = variable(env_, "RR_CONFIG_FILE");
  for (auto& argument : arguments_) {
    auto equals = argument.find('=');
    if (!argument.starts_with("--") || equals == argument.npos) {
      problems_.error(on_command_line, {}, {},
                      '"' + excerpt(argument)
                        + "\" is no option, expected --group.key=value");
      continue;
    }
    auto name = argument.substr(2, equals - 2);
    auto value = argument.substr(equals + 1);
    if (name != "config-file")
      assignments_.push_back({name, value});
    else if (value.empty())
      problems_.error(on_command_line, {}, name,
                      "is empty, expected the name of a file");
    else
      file_name_ = value;
  }
}

void options_reader::take_defaults() {
  for (auto& row : option_table())
    caf::put(result_.values_, full_name(row), initial_value(row));
}

void options_reader::read_environment() {
  for (auto& row : option_table()) {
    if (!in_environment(row))
      continue;
    if (auto i = env_.find(environment_name(row)); i != env_.end())
      put(row, parse_value(row, i->second, true), in_environment_variables);
  }
}

void options_reader::read_command_line() {
  for (auto& x : assignments_)
    if (x.name.starts_with("process."))
      take_process_argument(x);
    else
      take_argument(x);
}

void options_reader::take_argument(const assignment& x) {
  auto dot = x.name.find('.');
  auto group = excerpt(x.name.substr(0, dot));
  if (dot == x.name.npos) {
    std::vector<std::string> names;
    for (auto& row : option_table())
      names.push_back(full_name(row));
    std::vector<std::string_view> known{names.begin(), names.end()};
    known.push_back("config-file");
    problems_.error(on_command_line, {}, group,
                    "unknown option" + did_you_mean(x.name, known));
    return;
  }
  auto key = excerpt(x.name.substr(dot + 1));
  if (auto row = find_option(group, key))
    put(*row, parse_value(*row, x.value, false), on_command_line);
  else if (!caf_.keys(group).empty())
    put_caf(group, key, caf_.parse(group, key, x.value), on_command_line);
  else if (is_section(group))
    problems_.error(on_command_line, group, key, unknown_key(group, key));
  else
    problems_.error(on_command_line, group, key, unknown_section(group));
}

std::string options_reader::unknown_key(std::string_view group,
                                        std::string_view key) const {
  std::vector<std::string_view> known;
  for (auto& row : group == "process" ? process_table() : option_table())
    if (row.group == group)
      known.push_back(row.key);
  return "unknown key" + expected_one_of(key, known);
}

void options_reader::put(const option_row& row, value_or_error value,
                         config_place at) {
  if (!value) {
    problems_.error(at, row.group, row.key, describe(value.error()));
    return;
  }
  places_[full_name(row)] = at;
  caf::put(result_.values_, full_name(row), std::move(*value));
}

void options_reader::put_caf(std::string_view group, std::string_view key,
                             value_or_error value, config_place at) {
  if (!value) {
    problems_.error(at, group, key, describe(value.error()));
    return;
  }
  auto name = std::string{group} + '.' + std::string{key};
  caf::put(result_.actor_system_, name, std::move(*value));
}

void options_reader::put_process(process_section& section,
                                 const option_row& row, value_or_error value,
                                 config_place at) {
  auto& item = section.values[std::string{row.key}];
  item.at = at;
  item.good = static_cast<bool>(value);
  if (value)
    item.value = std::move(*value);
  else
    problems_.error(at, "process." + section.name, row.key,
                    describe(value.error()));
}

void options_reader::settle() {
  settle_directories();
  settle_addresses();
  if (result_.get<bool>("application.debug"))
    caf::put(result_.values_, "log.level", std::string{"debug"});
  // CAF's own default wakes up some 200 times a second to look for work.
  caf::put_missing(result_.actor_system_, "scheduler.policy",
                   caf::atom("sharing"));
  // CAF's own is four at least, and each is woken for messages between two
  // others. The second is for the stop, should an actor hang on the first.
  caf::put_missing(result_.actor_system_, "scheduler.max-threads", uint64_t{2});
  // CAF's own is without a bound: an actor that gets messages as fast as it
  // takes them would keep the thread for ever.
  caf::put_missing(result_.actor_system_, "scheduler.max-throughput",
                   uint64_t{100});
  auto common = common_environment(env_, result_.values_, result_.file_);
  result_.processes_ = make_processes(processes_, common, problems_);
  result_.problems_ = problems_.take();
}

void options_reader::settle_directories() {
  auto user = ::geteuid();
  auto defaults = default_directories::of(env_, user == 0, user);
  auto settle = [&](const char* name, const std::string& initial) {
    auto path = result_.get<std::string>(name);
    if (path.empty())
      path = initial;
    std::error_code ignored;
    if (!path.empty())
      path
        = std::filesystem::absolute(path, ignored).lexically_normal().string();
    // So that names can be appended with a slash.
    if (path.size() > 1 && path.ends_with('/'))
      path.pop_back();
    caf::put(result_.values_, name, path);
  };
  settle("application.state-directory", defaults.state);
  settle("application.runtime-directory", defaults.runtime);
  settle("device.catalog", {});
  settle("log.file", {});
}

void options_reader::settle_addresses() {
  auto runtime = result_.get<std::string>("application.runtime-directory");
  for (auto& row : option_table()) {
    if (row.type != option_type::addresses)
      continue;
    auto name = full_name(row);
    auto list = result_.get<std::vector<std::string>>(name);
    for (auto& address : list) {
      address = place_address(address, runtime);
      auto fault = zmq_address_fault(address);
      if (fault.empty())
        continue;
      // A default becomes too long through the directory that it lies in.
      auto i = places_.find(name);
      if (i == places_.end())
        i = places_.find("application.runtime-directory");
      problems_.error(i != places_.end() ? i->second : in_environment_variables,
                      row.group, row.key,
                      '"' + address + "\" " + fault
                        + ", expected at most 107 bytes of path");
    }
    caf::put(result_.values_, name, list);
  }
}

} // namespace rr
