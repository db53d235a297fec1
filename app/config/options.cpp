// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/options.hpp"

#include <algorithm>
#include <filesystem>

#include <unistd.h>

#include "app/config/child_environment.hpp"
#include "app/config/config_file.hpp"
#include "app/config/options_reader.hpp"
#include "bridges/system/input_file.hpp"

namespace rr {

command_line command_line::split(const std::vector<std::string>& arguments) {
  command_line result;
  auto is_option = [](std::string_view x) {
    auto name = x.substr(0, x.find('='));
    return name == "--config-file"
           || (name.starts_with("--") && name.find('.') != name.npos);
  };
  auto end = std::ranges::find(arguments, "--");
  for (auto i = arguments.begin(); i != end; ++i) {
    (is_option(*i) ? result.options : result.rest).push_back(*i);
    if (*i == "--config-file" && i + 1 != end)
      result.options.push_back(*++i);
  }
  result.rest.insert(result.rest.end(), end, arguments.end());
  return result;
}

option_sources option_sources::gather(std::vector<std::string> words,
                                      environment_map env,
                                      std::chrono::milliseconds patience,
                                      const std::string& installed) {
  option_sources result;
  if (auto i = env.find("RR_CONFIG_FILE"); i != env.end())
    result.file = i->second;
  for (size_t i = 0; i < words.size(); ++i) {
    constexpr std::string_view form = "--config-file=";
    if (words[i].size() > form.size() && words[i].starts_with(form))
      result.file = words[i].substr(form.size());
    else if (words[i] == "--config-file" && i + 1 < words.size())
      result.file = words[++i];
  }
  // What cannot be looked at is there: to go on without it would be another
  // robot.
  std::error_code unknown;
  if (result.file.empty()
      && (std::filesystem::exists(installed, unknown) || unknown))
    result.file = installed;
  if (!result.file.empty())
    result.text = read_input_file(result.file, max_config_size, patience);
  result.arguments = std::move(words);
  result.environment = std::move(env);
  return result;
}

bool option_sources::empty() const {
  auto is_given = [&](const option_row& row) {
    return in_environment(row) && environment.contains(environment_name(row));
  };
  return file.empty() && arguments.empty()
         && std::ranges::none_of(option_table(), is_given);
}

options options::read(const option_sources& sources) {
  return options_reader{sources, nullptr}.read();
}

options options::read(const std::vector<std::string>& arguments,
                      const environment& env) {
  return read(option_sources::gather(arguments, env, input_patience));
}

options options::read_needed(const option_sources& sources,
                             const option_needs& needs) {
  return options_reader{sources, &needs}.read();
}

options::environment options::own_environment() {
  environment result;
  for (auto i = environ; i != nullptr && *i != nullptr; ++i) {
    std::string_view item = *i;
    if (auto equals = item.find('='); equals != item.npos)
      result.emplace(item.substr(0, equals), item.substr(equals + 1));
  }
  return result;
}

bool options::bad() const noexcept {
  return any_error(problems_);
}

} // namespace rr
