// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/telemetry/event_memory.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace rr {

void event_memory::shelf::drop_oldest() {
  bytes -= events.front().bytes;
  events.pop_front();
}

void event_memory::append(event_ptr event) {
  auto size = size_in_memory(*event);
  auto& own = shelves_[static_cast<size_t>(event->level)];
  own.events.push_back({++last_, size, std::move(event)});
  own.bytes += size;
  if (own.events.size() > most_events)
    own.drop_oldest();
  while (bytes() > most_bytes_)
    std::ranges::max_element(shelves_, {}, &shelf::bytes)->drop_oldest();
}

std::vector<event_memory::event_ptr> event_memory::last(log_level level,
                                                        size_t most) const {
  std::vector<const kept*> all;
  for (auto i = static_cast<size_t>(level); i < levels; ++i)
    for (const auto& each : shelves_[i].events)
      all.push_back(&each);
  std::ranges::sort(all, {}, &kept::number);
  if (all.size() > most)
    all.erase(all.begin(), all.end() - static_cast<ptrdiff_t>(most));
  std::vector<event_ptr> result;
  result.reserve(all.size());
  for (const auto* each : all)
    result.push_back(each->event);
  return result;
}

size_t event_memory::bytes() const noexcept {
  return std::accumulate(shelves_.begin(), shelves_.end(), size_t{0},
                         [](size_t sum, const shelf& each) {
                           return sum + each.bytes;
                         });
}

size_t size_in_memory(const log_event& event) noexcept {
  auto result = sizeof(log_event) + event.event.capacity()
                + event.app.capacity();
  for (const auto& each : event.fields) {
    result += sizeof(log_field) + each.name.capacity();
    if (const auto* text = std::get_if<std::string>(&each.value))
      result += text->capacity();
  }
  return result;
}

} // namespace rr
