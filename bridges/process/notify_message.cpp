// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/notify_message.hpp"

#include <algorithm>
#include <charconv>

#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr auto longest = std::chrono::microseconds{std::chrono::hours{24}};

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number result{};
  auto end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, result);
  if (read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return result;
}

/// In microseconds; one that is too long is the longest.
std::optional<std::chrono::nanoseconds> read_span(std::string_view text) {
  auto number = read_number<uint64_t>(text);
  if (!number || *number == 0)
    return std::nullopt;
  auto most = static_cast<uint64_t>(longest.count());
  return std::chrono::microseconds{
    static_cast<int64_t>(std::min(*number, most))};
}

template <class T>
void replace(std::optional<T>& old, std::optional<T> later) {
  if (later)
    old = std::move(later);
}

void read_line(notify_message& message, std::string_view key,
               std::string_view value,
               std::chrono::steady_clock::time_point now) {
  auto& news = message.news;
  if (key == "READY")
    news.ready |= value == "1";
  else if (key == "STOPPING")
    news.stopping |= value == "1";
  else if (key == "WATCHDOG" && value == "1")
    news.heartbeat = now;
  else if (key == "WATCHDOG")
    news.triggered |= value == "trigger";
  else if (key == "WATCHDOG_USEC")
    replace(news.watchdog, read_span(value));
  else if (key == "EXTEND_TIMEOUT_USEC")
    replace(news.extension, read_span(value));
  else if (key == "STATUS")
    news.status = visible_text(value);
  else if (key == "MAINPID")
    replace(message.main_pid, read_number<pid_t>(value));
  else if (key == "FDSTORE")
    message.keeps_descriptors |= value == "1";
}

} // namespace

std::optional<notify_message>
read_notify_message(std::string_view text,
                    std::chrono::steady_clock::time_point now) {
  if (text.size() > max_notify_message)
    return std::nullopt;
  if (text.ends_with('\0'))
    text.remove_suffix(1);
  if (text.find('\0') != text.npos)
    return std::nullopt;
  notify_message result;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto equals = line.find('='); equals != line.npos)
      read_line(result, line.substr(0, equals), line.substr(equals + 1), now);
  }
  return result;
}

void merge(child_news& news, child_news&& later) {
  news.ready |= later.ready;
  news.stopping |= later.stopping;
  news.triggered |= later.triggered;
  replace(news.heartbeat, later.heartbeat);
  replace(news.extension, later.extension);
  replace(news.watchdog, later.watchdog);
  replace(news.status, std::move(later.status));
  for (auto& each : later.refused)
    news.refused.push_back(std::move(each));
}

} // namespace rr
