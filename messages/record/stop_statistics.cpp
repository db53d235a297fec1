// SPDX-License-Identifier: BSD-3-Clause
#include "messages/record/stop_statistics.hpp"

#include <algorithm>

#include "messages/record/record_line.hpp"

namespace rr {

void add_stop(stop_statistics& to, int64_t signal_us) {
  ++to.count;
  to.worst_signal_us = std::max(to.worst_signal_us, signal_us);
  to.last_signal_us.push_back(signal_us);
  if (to.last_signal_us.size() > median_stops)
    to.last_signal_us.erase(to.last_signal_us.begin());
}

caf::optional<int64_t> median_signal_us(const stop_statistics& of) {
  auto values = of.last_signal_us;
  if (values.empty())
    return caf::none;
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

json status_as_json(const stop_statistics& stops) {
  auto median = median_signal_us(stops);
  return {{"worst_signal_us",
           stops.count > 0 ? json(stops.worst_signal_us) : json{}},
          {"median_signal_us", median ? json(*median) : json{}},
          {"count", stops.count}};
}

json as_json(const stop_statistics& stops) {
  return {{"count", stops.count},
          {"worst_signal_us", stops.worst_signal_us},
          {"last_signal_us", stops.last_signal_us}};
}

stop_statistics read_stops(std::string_view text) {
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  auto object = parse_record_line(text);
  if (!object)
    return {};
  record_reader from{*object};
  stop_statistics result;
  result.count = from.integer<uint64_t>("count");
  result.worst_signal_us = from.integer<int64_t>("worst_signal_us");
  for (const auto& each : from.list("last_signal_us"))
    if (each.is_number_integer() && result.last_signal_us.size() < median_stops)
      result.last_signal_us.push_back(each.get<int64_t>());
    else
      return {};
  return from.good() ? result : stop_statistics{};
}

} // namespace rr
