// SPDX-License-Identifier: BSD-3-Clause
#include <limits>

#include <caf/atom.hpp>
#include <caf/uri.hpp>

#include "app/config/option_value.hpp"
#include "app/config/suggestion.hpp"

namespace rr {

namespace {

std::string render_text(std::string_view text) {
  std::string result = "\"";
  for (auto c : text) {
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (c == '\n')
      result += "\\n";
    else if (c == '\r')
      result += "\\r";
    else if (c == '\t')
      result += "\\t";
    else
      result += c;
  }
  return result += '"';
}

std::string render_list(const caf::config_value::list& xs) {
  std::string result = "[";
  for (auto& x : xs)
    result += (result.size() > 1 ? ", " : "") + render_value(x);
  return result + (xs.empty() ? " ]" : "]");
}

std::string render_map(const caf::settings& xs) {
  std::string result = "{";
  for (auto& [key, x] : xs)
    result += (result.size() > 1 ? ", " : " ") + key + " = " + render_value(x);
  return result + " }";
}

/// `a, b or c`, with an alias in brackets after what it stands for.
std::string render_choices(const option_row& row) {
  auto words = split_words(row.choices);
  auto equals = row.alias.find('=');
  std::string result;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0)
      result += i + 1 == words.size() ? " or " : ", ";
    result += words[i];
    if (equals != row.alias.npos && words[i] == row.alias.substr(equals + 1))
      result.append(" (or ").append(row.alias.substr(0, equals)) += ')';
  }
  return result;
}

std::string render_range(const option_row& row) {
  if (row.max == std::numeric_limits<int64_t>::max())
    return "an integer of " + std::to_string(row.min) + " and up";
  return "an integer from " + std::to_string(row.min) + " to "
         + std::to_string(row.max);
}

} // namespace

std::string expectation(const option_row& row) {
  switch (row.type) {
    case option_type::text:
      return "text";
    case option_type::name:
      return "text of 1 to 200 bytes without control characters";
    case option_type::short_name:
      return "text of 1 to 32 characters of a-z, 0-9 and -";
    case option_type::path:
      return "a path as text";
    case option_type::choice:
      return render_choices(row);
    case option_type::udp_address:
      return "udp://host:port";
    case option_type::web_address:
      return R"(http://host:port, https://host:port or "")";
    case option_type::interface_name:
      return R"(an IPv4 address, the name of a network interface or "")";
    case option_type::boolean:
      return "true or false";
    case option_type::integer:
      return render_range(row);
    case option_type::duration:
      return row.min > 0 ? "a duration above zero such as 250ms"
                         : "a duration of zero and up such as 250ms";
    case option_type::addresses:
      return "a list of one or more of tcp://host:port and ipc://path";
    case option_type::prefixes:
      return "a list of addresses and prefixes such as 10.0.0.0/24";
    case option_type::texts:
      return row.required ? "a list of one or more texts" : "a list of texts";
    case option_type::integers:
      return "a list of integers from " + std::to_string(row.min) + " to "
             + std::to_string(row.max);
    case option_type::uids:
      return R"(a map of names to UIDs as text such as { arm = "0x1234" })";
    case option_type::zmq_options:
      return "a map of ZMQ socket options such as { SNDTIMEO = 1000 }";
    case option_type::text_map:
      return R"(a map of names to texts such as { LANG = "C" })";
  }
  return "a value";
}

std::string render_duration(std::chrono::nanoseconds value) {
  auto n = value.count();
  if (n % 1000'000'000 == 0)
    return std::to_string(n / 1000'000'000) + "s";
  if (n % 1000'000 == 0)
    return std::to_string(n / 1000'000) + "ms";
  if (n % 1000 == 0)
    return std::to_string(n / 1000) + "us";
  return std::to_string(n) + "ns";
}

std::string render_value(const caf::config_value& value) {
  if (auto x = caf::get_if<std::string>(&value))
    return render_text(*x);
  if (auto x = caf::get_if<caf::atom_value>(&value))
    return "'" + caf::to_string(*x) + "'";
  if (auto x = caf::get_if<bool>(&value))
    return *x ? "true" : "false";
  if (auto x = caf::get_if<int64_t>(&value.get_data()))
    return std::to_string(*x);
  if (auto x = caf::get_if<double>(&value.get_data()))
    return std::to_string(*x);
  if (auto x = caf::get_if<caf::timespan>(&value))
    return render_duration(*x);
  if (auto x = caf::get_if<caf::config_value::list>(&value))
    return render_list(*x);
  if (auto x = caf::get_if<caf::settings>(&value.get_data()))
    return render_map(*x);
  if (auto x = caf::get_if<caf::uri>(&value))
    return "<" + caf::to_string(*x) + ">";
  return "?";
}

std::string render_plain(const caf::config_value& value) {
  if (auto x = caf::get_if<std::string>(&value))
    return *x;
  auto list = caf::get_if<caf::config_value::list>(&value);
  if (!list)
    return render_value(value);
  std::string result;
  for (auto& x : *list)
    result += (result.empty() ? "" : " ") + render_plain(x);
  return result;
}

} // namespace rr
