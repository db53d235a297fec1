// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/child_environment.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "app/config/option_value.hpp"
#include "app/config/printed_form.hpp"
#include "messages/device/device_uid.hpp"

namespace rr {

namespace {

/// How a variable of the Python runtime tells an option.
enum class told_as { nothing, plain, level, format, seconds, pairs, uids };

struct python_name {
  std::string_view name;
  std::string_view option;
  /// To children, as `RT_*`.
  told_as how = told_as::plain;
};

/// What programs of the Python runtime know an option by.
constexpr python_name python_names[] = {
  {"router_frontend", "router.frontend"},
  {"router_backend", "router.backend"},
  {"log_frontend", "log.frontend"},
  {"log_backend", "log.backend"},
  {"log_level", "log.level", told_as::level},
  {"log_format", "log.format", told_as::format},
  {"control_addr", "control.address"},
  {"update_addr", "update.address"},
  {"update_interval", "update.interval", told_as::seconds},
  {"dev_catalog", "device.catalog"},
  {"dev_name", "device.names", told_as::uids},
  {"dev_names", "device.names", told_as::nothing},
  {"client_option", "client.options", told_as::pairs},
  {"service_option", "service.options", told_as::pairs},
  {"service_workers", "service.workers"},
  {"thread_pool_workers", "application.thread-pool-workers"},
  {"health_check_interval", "health.interval", told_as::seconds},
  {"debug", "application.debug", told_as::nothing},
};

const caf::config_value* find_value(const caf::settings& values,
                                    std::string_view option) {
  return caf::get_if(&values, {option.data(), option.size()});
}

std::string text_of(const caf::settings& values, std::string_view option) {
  auto value = find_value(values, option);
  return value ? render_plain(*value) : std::string{};
}

/// What children are told of an option. How the runtime is scheduled is no
/// child's: of that they have the defaults.
std::string told_to_children(const option_row& row,
                             const caf::settings& values) {
  return row.group == "scheduling" ? render_plain(initial_value(row))
                                   : text_of(values, full_name(row));
}

std::string seconds_text(caf::timespan span) {
  std::array<char, 32> digits;
  auto seconds = std::chrono::duration<double>{span}.count();
  auto end
    = std::to_chars(digits.data(), digits.data() + digits.size(), seconds).ptr;
  return {digits.data(), end};
}

/// In quotes, so that digits alone are not taken for a number.
std::string hexadecimal(std::string_view bytes) {
  constexpr auto digits = "0123456789abcdef";
  std::string result = "'";
  for (auto c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    result += {digits[byte >> 4], digits[byte & 15]};
  }
  return result += '\'';
}

/// One `OPTION:VALUE` or `NAME:UID`, UIDs in decimal digits.
std::string item_text(told_as how, const std::string& name,
                      const caf::config_value& value) {
  auto text = caf::get_if<std::string>(&value);
  if (!text)
    return name + ':' + render_plain(value);
  if (how == told_as::pairs)
    return name + ':' + hexadecimal(*text);
  auto uid = parse_device_uid(*text);
  return uid ? name + ':' + to_string(*uid) : std::string{};
}

/// As the Python runtime writes it; empty where there is nothing.
std::string python_text(told_as how, const caf::config_value& value) {
  auto text = caf::get_if<std::string>(&value);
  if (how == told_as::level && text && *text == "warning")
    return "warn";
  if (how == told_as::format && text)
    return prints_pretty(*text) ? "pretty" : "json";
  if (auto span = caf::get_if<caf::timespan>(&value);
      span && how == told_as::seconds)
    return seconds_text(*span);
  auto map = caf::get_if<caf::settings>(&value.get_data());
  if (!map)
    return render_plain(value);
  std::string result;
  for (auto& [name, each] : *map)
    if (auto item = item_text(how, name, each); !item.empty())
      result += (result.empty() ? "" : " ") + item;
  return result;
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
  // They are between this process and whoever supervises it.
  for (auto name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    result.erase(name);
  for (auto& row : option_table())
    if (in_environment(row)) {
      auto& value = result[environment_name(row)] = told_to_children(row,
                                                                     values);
      if (value.empty() && row.type == option_type::prefixes)
        value = every_prefix;
    }
  if (!config_file.empty())
    result["RR_CONFIG_FILE"] = config_file;
  else
    result.erase("RR_CONFIG_FILE");
  if (auto names = find_value(values, "device.names"))
    result["RR_DEVICE_NAMES"] = python_text(told_as::uids, *names);
  for (auto& each : python_names)
    if (each.how != told_as::nothing)
      if (auto value = find_value(values, each.option))
        result["RT_" + capitals(std::string{each.name})] = python_text(each.how,
                                                                       *value);
  return result;
}

std::vector<std::string>
child_environment(const environment_map& common, environment_map own,
                  std::string_view name, const caf::settings& section) {
  own["RR_APPLICATION_NAME"] = name;
  // Two programs that rotate one file would lose each other's events.
  own["RR_LOG_FILE"] = "";
  for (auto& [key, value] : section)
    own[key] = render_plain(value);
  std::vector<std::string> result;
  result.reserve(common.size() + own.size());
  auto put = [&result](const auto& variable) {
    const auto& [key, value] = variable;
    auto& text = result.emplace_back();
    text.reserve(key.size() + 1 + value.size());
    text.append(key).append(1, '=').append(value);
  };
  auto next = own.begin();
  for (const auto& variable : common) {
    for (; next != own.end() && next->first < variable.first; ++next)
      put(*next);
    if (next == own.end() || next->first != variable.first)
      put(variable);
  }
  std::for_each(next, own.end(), put);
  return result;
}

} // namespace rr
