// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/child_environment.hpp"

#include "app/config/option_value.hpp"

namespace rr {

namespace {

struct compatible_name {
  std::string_view name;
  std::string_view option;
};

constexpr compatible_name compatible_names[] = {
  {"RT_ROUTER_FRONTEND", "router.frontend"},
  {"RT_ROUTER_BACKEND", "router.backend"},
  {"RT_LOG_FRONTEND", "log.frontend"},
  {"RT_LOG_BACKEND", "log.backend"},
  {"RT_CONTROL_ADDR", "control.address"},
  {"RT_UPDATE_ADDR", "update.address"},
};

std::string text_of(const caf::settings& values, std::string_view option) {
  auto value = caf::get_if(&values, {option.data(), option.size()});
  return value ? render_plain(*value) : std::string{};
}

} // namespace

std::string environment_name(const option_row& row) {
  auto result = "RR_" + std::string{row.group} + '_' + std::string{row.key};
  for (auto& c : result)
    if (c == '-')
      c = '_';
    else if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return result;
}

bool in_environment(const option_row& row) noexcept {
  return row.type < option_type::uids;
}

environment_map common_environment(const environment_map& own,
                                   const caf::settings& values,
                                   const std::string& config_file) {
  auto result = own;
  for (auto& row : option_table())
    if (in_environment(row)) {
      auto& value = result[environment_name(row)] = text_of(values,
                                                            full_name(row));
      if (value.empty() && row.type == option_type::prefixes)
        value = every_prefix;
    }
  if (!config_file.empty())
    result["RR_CONFIG_FILE"] = config_file;
  else
    result.erase("RR_CONFIG_FILE");
  for (auto& [name, option] : compatible_names)
    result[std::string{name}] = text_of(values, option);
  return result;
}

std::vector<std::string> child_environment(environment_map common,
                                           std::string_view name,
                                           const caf::settings& section) {
  common["RR_APPLICATION_NAME"] = name;
  // Two programs that rotate one file would lose each other's events.
  common["RR_LOG_FILE"] = "";
  for (auto& [key, value] : section)
    common[key] = render_plain(value);
  std::vector<std::string> result;
  for (auto& [key, value] : common)
    result.push_back(key + '=' + value);
  return result;
}

} // namespace rr
