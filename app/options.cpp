// SPDX-License-Identifier: BSD-3-Clause
#include "app/options.hpp"

#include <algorithm>

#include <unistd.h>

#include "app/options_reader.hpp"

namespace rr {

command_line command_line::split(const std::vector<std::string>& arguments) {
  command_line result;
  auto is_option = [](std::string_view x) {
    auto name = x.substr(0, x.find('='));
    return name == "--config-file"
           || (name.starts_with("--") && name.find('.') != name.npos);
  };
  auto end = std::ranges::find(arguments, "--");
  for (auto i = arguments.begin(); i != end; ++i)
    (is_option(*i) ? result.options : result.rest).push_back(*i);
  result.rest.insert(result.rest.end(), end, arguments.end());
  return result;
}

options options::read(const std::vector<std::string>& arguments,
                      const environment& env) {
  return options_reader{arguments, env}.read();
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
  return std::ranges::any_of(problems_, [](const config_problem& x) {
    return !x.is_warning;
  });
}

} // namespace rr
