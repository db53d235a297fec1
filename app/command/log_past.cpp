// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/log_past.hpp"

#include <utility>

#include "app/command/log_view.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

/// How old an event may be that is still under way to whoever follows the log.
constexpr auto longest_way = std::chrono::seconds{10};

/// The same for an event in a file and on the wire.
std::string key_of(const json& event) {
  auto text = [&](const char* name) {
    auto found = event.find(name);
    return found != event.end() && found->is_string()
             ? found->get<std::string>() + '\n'
             : std::string{"\n"};
  };
  auto time = time_of(event);
  auto micros = time ? std::chrono::floor<std::chrono::microseconds>(*time)
                         .time_since_epoch()
                         .count()
                     : 0;
  return std::to_string(micros) + text("app") + text("level") + text("process")
         + text("event");
}

} // namespace

log_past::log_past(std::string path, size_t max_files, time_point since)
  : reader_(std::move(path), max_files),
    since_(since),
    begin_(std::chrono::system_clock::now() - longest_way) {
}

caf::error log_past::read(const log_event_handler& show) {
  return reader_.read(since_, [&](std::string_view line) {
    // A line that the end of a runtime has torn is ended by a line feed.
    if (line.empty())
      return;
    auto event = parse_log_line(line);
    if (!event) {
      ++malformed_;
      return;
    }
    if (auto time = time_of(*event); time && *time >= begin_)
      read_.insert(key_of(*event));
    show(level_of(*event), *event);
  });
}

void log_past::receive(log_level level, const json& event,
                       const log_event_handler& show) {
  if (!joined_)
    held_.push_back({level, event});
  else if (!was_read(event))
    show(level, event);
}

caf::error log_past::join(const log_event_handler& show) {
  if (auto failed = read(show))
    return failed;
  if (!held_.empty() && read_.contains(key_of(held_.front().event)))
    give_up(show);
  return {};
}

void log_past::give_up(const log_event_handler& show) {
  joined_ = true;
  for (const auto& [level, event] : std::exchange(held_, {}))
    if (!was_read(event))
      show(level, event);
}

bool log_past::was_read(const json& event) {
  if (read_.empty())
    return false;
  return static_cast<bool>(read_.extract(key_of(event)));
}

} // namespace rr
