// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/child_environment.hpp"

#include "app/config/option_value.hpp"

namespace rr {

namespace {

struct python_name {
  std::string_view name;
  std::string_view option;
  /// Whether children get it, as `RT_*`.
  bool is_told = false;
};

/// What programs of the Python runtime know an option by.
constexpr python_name python_names[] = {
  {"router_frontend", "router.frontend", true},
  {"router_backend", "router.backend", true},
  {"log_frontend", "log.frontend", true},
  {"log_backend", "log.backend", true},
  {"control_addr", "control.address", true},
  {"update_addr", "update.address", true},
  {"log_level", "log.level"},
  {"log_format", "log.format"},
  {"update_interval", "update.interval"},
  {"dev_catalog", "device.catalog"},
  {"dev_name", "device.names"},
  {"dev_names", "device.names"},
  {"client_option", "client.options"},
  {"service_option", "service.options"},
  {"service_workers", "service.workers"},
  {"thread_pool_workers", "application.thread-pool-workers"},
  {"health_check_interval", "health.interval"},
  {"debug", "application.debug"},
};

std::string text_of(const caf::settings& values, std::string_view option) {
  auto value = caf::get_if(&values, {option.data(), option.size()});
  return value ? render_plain(*value) : std::string{};
}

std::string capitals(std::string text) {
  for (auto& c : text)
    if (c == '-')
      c = '_';
    else if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return text;
}

} // namespace

std::string environment_name(const option_row& row) {
  return "RR_" + capitals(std::string{row.group} + '_' + std::string{row.key});
}

std::string_view option_of_python_name(std::string_view name) noexcept {
  for (auto& each : python_names)
    if (each.name == name)
      return each.option;
  return {};
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
  for (auto& each : python_names)
    if (each.is_told)
      result["RT_" + capitals(std::string{each.name})] = text_of(values,
                                                                 each.option);
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
