// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/options_reader.hpp"

#include <algorithm>

#include "app/config/child_environment.hpp"
#include "app/config/option_value.hpp"
#include "app/config/process_limits.hpp"
#include "app/config/suggestion.hpp"
#include "bridges/web/web_access.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr config_place on_command_line{config_place::source::command_line, 0};
constexpr config_place in_environment_variables{
  config_place::source::environment, 0};

/// Whether its empty text lets in whom another keeps out.
bool is_lock(const option_row& row) {
  return row.group == "web" && row.key == "token-file";
}

} // namespace

options_reader::options_reader(const option_sources& sources,
                               const option_needs* needs)
  : sources_(sources),
    env_(sources.environment),
    needs_(needs) {
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
  auto tell = [&](std::string_view group, std::string_view key,
                  std::string text) {
    problems_.error(on_command_line, group, key, std::move(text));
  };
  auto& arguments = sources_.arguments;
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto& argument = arguments[i];
    auto equals = argument.find('=');
    auto name = argument.substr(std::min<size_t>(2, argument.size()),
                                equals - 2);
    if (!argument.starts_with("--")) {
      tell({}, {},
           '"' + visible_text(argument)
             + "\" is no option, expected --group.key=value");
    } else if (name == "config-file") {
      auto has_value = equals != argument.npos ? equals + 1 < argument.size()
                                               : i + 1 < arguments.size()
                                                   && !arguments[i + 1].empty();
      if (!has_value)
        tell({}, name, "is empty, expected the name of a file");
      if (equals == argument.npos)
        ++i;
    } else if (equals == argument.npos) {
      auto next = i + 1 < arguments.size() && !arguments[i + 1].starts_with('-')
                    ? arguments[++i]
                    : std::string{"VALUE"};
      tell({}, {},
           '"' + visible_text(argument) + "\" has no value, expected "
             + visible_text(argument + '=' + next));
    } else {
      assignments_.push_back({name, argument.substr(equals + 1)});
    }
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
    auto i = env_.find(environment_name(row));
    if (i == env_.end())
      continue;
    if (i->second.empty() && is_lock(row)
        && !result_.get<std::string>(full_name(row)).empty())
      refuse(row, in_environment_variables,
             "is empty, which would let everybody in, expected "
               + expectation(row) + ", or no such variable");
    else
      put(row, parse_value(row, i->second, true), in_environment_variables);
  }
  warn_of_variables();
}

/// A variable that no option has is ignored, but a misspelt one is told.
void options_reader::warn_of_variables() {
  std::vector<std::string> names{"RR_CONFIG_FILE"};
  for (auto& row : option_table())
    names.push_back(environment_name(row));
  std::vector<std::string_view> known{names.begin(), names.end()};
  for (auto i = env_.lower_bound("RR_");
       i != env_.end() && i->first.starts_with("RR_"); ++i) {
    if (std::ranges::find(known, i->first) != known.end())
      continue;
    if (auto meant = did_you_mean(i->first, known); !meant.empty())
      problems_.warning(in_environment_variables, {}, visible_text(i->first),
                        "is ignored" + meant);
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
  auto group = visible_text(x.name.substr(0, dot));
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
  auto key = visible_text(x.name.substr(dot + 1));
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

void options_reader::refuse(const option_row& row, config_place at,
                            std::string text) {
  problems_.error(at, row.group, row.key, std::move(text));
}

void options_reader::put(const option_row& row, value_or_error value,
                         config_place at) {
  if (!value)
    return refuse(row, at, describe(value.error()));
  places_[full_name(row)] = at;
  caf::put(result_.values_, full_name(row), std::move(*value));
}

void options_reader::put_caf(std::string_view group, std::string_view key,
                             value_or_error value, config_place at) {
  auto name = std::string{group} + '.' + std::string{key};
  if (!value)
    return problems_.error(at, group, key, describe(value.error()));
  places_[name] = at;
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
  check_together();
  warn_of_idle_keys();
  check_processors();
  settle_directories();
  settle_addresses();
  if (!needs_) {
    check_addresses();
    check_log_file();
    check_web_files();
  }
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
  if (!needs_) {
    auto common = common_environment(env_, result_.values_, result_.file_);
    // Who has taken the lock away by the command line has done so for himself:
    // a child that finds this empty would refuse it.
    for (auto& row : option_table())
      if (is_lock(row) && result_.get<std::string>(full_name(row)).empty()
          && place_of(full_name(row)).from
               == config_place::source::command_line)
        common.erase(environment_name(row));
    result_.processes_ = make_processes(
      processes_, common,
      [this](const std::string& path, config_place at) {
        return absolute(path, at);
      },
      problems_);
  }
  keep_places();
  result_.problems_ = problems_.take();
  std::erase_if(result_.problems_,
                [this](const auto& x) { return !is_told(x); });
}

/// For whoever compares these options with others later.
void options_reader::keep_places() {
  for (const auto& [name, at] : places_)
    result_.places_[name] = problems_.where(at);
  for (const auto& section : processes_)
    for (const auto& [key, value] : section.values)
      result_.places_["process." + section.name + '.' + key]
        = problems_.where(value.at);
}

bool options_reader::is_told(const config_problem& problem) const {
  if (!needs_)
    return true;
  if (problem.is_warning || problem.from == config_place::source::command_line)
    return !problem.is_warning;
  auto name = problem.group + '.' + problem.key;
  // Of a file there is nothing here but what a need is in, or the whole of it.
  return problem.group.empty()
           ? problem.key.empty() && problem.is_whole_file
               && !needs_->names.empty() && !places_.contains(needs_->names[0])
           : std::ranges::find(needs_->names, name) != needs_->names.end();
}

/// Of this machine, not of one value alone.
void options_reader::check_processors() {
  auto processors
    = result_.get<std::vector<int32_t>>("scheduling.cpu-affinity");
  if (auto fault = processors_fault(processors); !fault.empty())
    problems_.forbidden(place_of("scheduling.cpu-affinity"), "scheduling",
                        "cpu-affinity", fault);
}

/// What is accepted and has nothing behind it.
void options_reader::warn_of_idle_keys() {
  for (const auto& [name, at] : places_) {
    auto dot = name.find('.');
    auto section = name.substr(0, dot);
    auto key = name.substr(dot + 1);
    if (find_option(section, key))
      continue;
    if (auto why = idle_cause(section, key, result_.actor_system_);
        !why.empty())
      problems_.warning(at, section, key, std::string{why});
  }
  if (actor_system_is_silent && result_.get<bool>("application.debug"))
    problems_.warning(place_of("application.debug"), "application", "debug",
                      "sets the log level alone: the actor system's library "
                      "is built without diagnostics of its own");
}

/// What cannot be told from one value alone.
void options_reader::check_together() {
  auto refuse = [&](const char* group, const char* key, std::string text) {
    auto given = places_.find(std::string{group} + '.' + key);
    if (given != places_.end())
      problems_.error(given->second, group, key, std::move(text));
    return given != places_.end();
  };
  auto text = [&](const char* name) { return result_.get<std::string>(name); };
  auto beat = result_.get<caf::timespan>("emergency-stop.heartbeat");
  auto stale = result_.get<caf::timespan>("emergency-stop.heartbeat-timeout");
  if (beat > stale / 2
      && !refuse("emergency-stop", "heartbeat",
                 render_duration(beat)
                   + " is more than half of heartbeat-timeout, which is "
                   + render_duration(stale)))
    refuse("emergency-stop", "heartbeat-timeout",
           render_duration(stale) + " is less than two heartbeats of "
             + render_duration(beat) + " each");
  if (text("device.catalog").empty()
      && !result_.get<caf::settings>("device.names").empty())
    problems_.warning(place_of("device.names"), "device", "names",
                      "names devices that nothing describes, expected "
                      "device.catalog beside it");
  auto address = text("web.address");
  if (address.starts_with("https://")
      && (text("web.certificate").empty() || text("web.key").empty()))
    refuse("web", "address",
           "https:// needs web.certificate and web.key, expected both");
  auto parsed = parse_web_address(address);
  if (!parsed)
    return;
  if (text("web.token-file").empty() && !is_loopback_host(parsed->host))
    refuse("web", "address",
           '"' + address
             + "\" is not loopback, expected web.token-file beside it");
  if (!parsed->secure
      && !(text("web.certificate").empty() && text("web.key").empty()))
    problems_.warning(place_of("web.address"), "web", "address",
                      "http:// uses neither web.certificate nor web.key, "
                      "expected https:// with them");
  if (is_refused_by_browsers(parsed->port))
    problems_.warning(place_of("web.address"), "web", "address",
                      "browsers refuse port " + std::to_string(parsed->port)
                        + ", expected another such as 8080");
}

} // namespace rr
