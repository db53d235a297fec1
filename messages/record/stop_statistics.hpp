// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>

#include "messages/json.hpp"

namespace rr {

/// Of how many emergency stops the median is.
constexpr size_t median_stops = 100;

/// How fast emergency stops were, from the detection of the cause to the last
/// signal in microseconds, in all runs since the state directory was made.
struct stop_statistics {
  uint64_t count = 0;
  int64_t worst_signal_us = 0;
  /// Of the last `median_stops`, the oldest first.
  std::vector<int64_t> last_signal_us;
  friend bool operator==(const stop_statistics&, const stop_statistics&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, stop_statistics& x) {
  return f(caf::meta::type_name("stop_statistics"), x.count, x.worst_signal_us,
           x.last_signal_us);
}

/// Adds a stop.
/// @relates stop_statistics
void add_stop(stop_statistics& to, int64_t signal_us);

/// Of the last `median_stops`; none before the first.
/// @relates stop_statistics
caf::optional<int64_t> median_signal_us(const stop_statistics& of);

/// What `status` tells: `worst_signal_us`, `median_signal_us`, `count`; null
/// before the first stop.
/// @relates stop_statistics
json status_as_json(const stop_statistics& stops);

/// The object of `stops.json`.
/// @relates stop_statistics
json as_json(const stop_statistics& stops);

/// @returns nothing counted for a text that is no such object.
/// @relates stop_statistics
stop_statistics read_stops(std::string_view text);

} // namespace rr
