// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/status_table.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "app/config/help.hpp"
#include "messages/log/log_wire.hpp"
#include "messages/process/process.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

using time_point = std::chrono::system_clock::time_point;

/// Of the column of names; a longer name has a line of its own.
constexpr size_t longest_name = 15;

/// The member of that name, null when there is none.
const json& member(const json& object, const char* key) {
  static const json none;
  if (!object.is_object())
    return none;
  auto found = object.find(key);
  return found == object.end() ? none : *found;
}

/// A value without quotes, `-` for null.
std::string plain(const json& value) {
  if (value.is_null())
    return "-";
  if (value.is_string())
    return visible_text(value.get_ref<const std::string&>());
  return visible_text(
    value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::optional<double> number(const json& value) {
  return value.is_number() ? std::optional{value.get<double>()} : std::nullopt;
}

/// `12s`, `3m12s`, `5h03m`, `12d04h`.
std::string duration_text(double seconds) {
  constexpr auto longest = 1e9;
  auto all = static_cast<int64_t>(std::clamp(seconds, 0.0, longest));
  if (all < 60)
    return fmt::format("{}s", all);
  if (all < 3600)
    return fmt::format("{}m{:02}s", all / 60, all % 60);
  if (all < 86'400)
    return fmt::format("{}h{:02}m", all / 3600, all / 60 % 60);
  return fmt::format("{}d{:02}h", all / 86'400, all / 3600 % 24);
}

/// How long ago that was, `-` if nobody knows.
std::string age_text(const json& time, time_point now) {
  if (!time.is_string())
    return "-";
  auto then = parse_timestamp(time.get_ref<const std::string&>());
  return then
           ? duration_text(std::chrono::duration<double>(now - *then).count())
           : "-";
}

std::string cpu_text(const json& value) {
  auto seconds = number(value);
  if (!seconds)
    return "-";
  return *seconds < 10 ? fmt::format("{:.2f}s", *seconds)
                       : duration_text(*seconds);
}

std::string memory_text(const json& value) {
  auto kib = number(value);
  if (!kib)
    return "-";
  if (*kib < 1000)
    return fmt::format("{:.0f}K", *kib);
  return *kib < 1000 * 1024 ? fmt::format("{:.1f}M", *kib / 1024)
                            : fmt::format("{:.1f}G", *kib / 1024 / 1024);
}

/// `exit 3`, `SIGKILL`.
std::string end_text(const json& exit_code) {
  auto value = number(exit_code);
  if (!value || *value < -255 || *value > 255)
    return "-";
  auto code = static_cast<int>(*value);
  return code < 0 ? signal_name(-code) : fmt::format("exit {}", code);
}

/// A text of at least that width, in the colour of the state that it names.
std::string painted(std::string text, size_t width, bool coloured) {
  std::string_view colour;
  if (text == "failed" || text == "killing")
    colour = "\x1b[31m";
  else if (text == "restarting" || text == "terminating" || text == "stopping")
    colour = "\x1b[33m";
  else if (text == "running")
    colour = "\x1b[32m";
  if (text.size() < width)
    text.append(width - text.size(), ' ');
  return coloured && !colour.empty() ? std::string{colour} + text + "\x1b[0m"
                                     : text;
}

std::string names_text(const json& names) {
  std::string result;
  if (names.is_array())
    for (const auto& name : names)
      result += (result.empty() ? "" : ", ") + plain(name);
  return result;
}

/// What there is to say of a process besides its row.
std::string process_notes(const json& process) {
  std::string result;
  auto add = [&](const std::string& text) {
    if (!text.empty())
      result += wrap(text, 4);
  };
  if (auto before = names_text(member(process, "waiting_for")); !before.empty())
    add("waits for " + before);
  if (const auto& text = member(process, "status_text");
      text.is_string() && !text.get_ref<const std::string&>().empty())
    add(plain(text));
  if (member(process, "state") == json("running")
      && member(process, "ready") == json(false))
    add("says that it stops");
  if (auto state = member(process, "state");
      state == json("failed") || state == json("restarting"))
    if (const auto& why = member(member(process, "last_end"), "reason");
        why.is_string())
      add(plain(why));
  return result;
}

std::string process_table(const json& processes, time_point now,
                          bool coloured) {
  auto width = size_t{4};
  for (const auto& process : processes)
    if (auto size = plain(member(process, "name")).size(); size <= longest_name)
      width = std::max(width, size);
  auto row = [&](const std::string& name, const auto&... cells) {
    auto fits = name.size() <= width;
    return (fits ? "" : name + '\n')
           + fmt::format("{:{}}  {:>7}  {} {:>7} {:>7} {:>6} {:>8}  {}\n",
                         fits ? name : "", width, cells...);
  };
  auto result = row("NAME", "PID", "STATE      ", "FOR", "CPU", "MEMORY",
                    "RESTARTS", "LAST END");
  for (const auto& process : processes) {
    result += row(plain(member(process, "name")), plain(member(process, "pid")),
                  painted(plain(member(process, "state")), 11, coloured),
                  age_text(member(process, "since"), now),
                  cpu_text(member(process, "cpu")),
                  memory_text(member(process, "resident_kib")),
                  plain(member(process, "restarts")),
                  end_text(member(process, "last_exit")));
    result += process_notes(process);
  }
  return result;
}

std::string head_lines(const json& status, time_point now, bool coloured) {
  auto result = plain(member(status, "name")) + ": "
                + painted(plain(member(status, "state")), 0, coloured);
  if (auto uptime = number(member(status, "uptime")))
    result += " for " + duration_text(*uptime);
  if (member(status, "latched") == json(true))
    result += ", its emergency stop is latched";
  result += '\n';
  if (const auto& holds = member(status, "held_by"); holds.is_array())
    for (const auto& hold : holds)
      result += wrap("held by: " + plain(member(hold, "what")) + " (for "
                       + age_text(member(hold, "since"), now) + ')',
                     2);
  // Where it is said what is not kept.
  if (auto kept = plain(member(status, "containment"));
      kept.find('(') != std::string::npos)
    result += wrap("contained by: " + kept, 2);
  return result;
}

std::string endpoint_lines(const json& endpoints) {
  std::string result;
  for (const auto& [name, addresses] : endpoints.items())
    for (const auto& address : addresses)
      result += fmt::format("{:16}  {}\n", visible_text(name), plain(address));
  return result;
}

/// One group of counters, if any of them is to be seen.
std::string counter_lines(const std::string& whose, const json& counters,
                          shown_counters which) {
  std::string text;
  for (const auto& [name, value] : counters.items()) {
    auto hidden = which == shown_counters::not_zero
                  && (value.is_null() || value == json(0));
    if (!hidden && !value.is_structured())
      text += (text.empty() ? "" : ", ") + visible_text(name) + ' '
              + plain(value);
  }
  return text.empty() ? text : wrap(whose + ": " + text, 0);
}

std::string all_counters(const json& status, shown_counters which) {
  std::string result;
  if (const auto& sides = member(status, "router"); sides.is_object())
    for (const auto& [side, counters] : sides.items())
      if (counters.is_object())
        result += counter_lines("router " + visible_text(side), counters,
                                which);
  for (auto group :
       {"log", "control", "update", "broker", "stops", "descriptors"})
    if (const auto& counters = member(status, group); counters.is_object())
      result += counter_lines(group, counters, which);
  return result;
}

} // namespace

std::string status_table(const json& status, shown_counters counters,
                         time_point now, bool coloured) {
  auto result = head_lines(status, now, coloured);
  auto add = [&](const std::string& part) {
    if (!part.empty())
      result += '\n' + part;
  };
  if (const auto& all = member(status, "processes");
      all.is_array() && !all.empty())
    add(process_table(all, now, coloured));
  if (const auto& all = member(status, "endpoints"); all.is_object())
    add(endpoint_lines(all));
  add(all_counters(status, counters));
  return result;
}

} // namespace rr
