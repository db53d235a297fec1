// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/telemetry/device_readings.hpp"

namespace rr {

/// Which values one page is told of, when, and what it has been told already:
/// the latest wins, and what comes too late is left out and counted.
class page_values {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param devices may be null: there are none.
  explicit page_values(std::shared_ptr<device_readings> devices)
    : devices_(std::move(devices)) {
  }

  /// @param uids UIDs, names or TYPE:NUMBER; all for one that is `*`.
  /// @param rate a second, above zero.
  void begin(const std::vector<std::string>& uids, double rate, time_point now);
  void end();

  /// The next message, if one is due: the list of devices where that has
  /// changed, or values.
  std::optional<std::string> take(time_point now);

  /// When to look again; none while nobody wants values.
  std::optional<time_point> deadline() const {
    return due_;
  }

private:
  bool is_wanted(const device_reading& device) const;
  void forget_others(const device_round& round);
  void pass(time_point now);

  std::shared_ptr<device_readings> devices_;
  bool wants_all_ = false;
  std::set<std::string, std::less<>> wanted_;
  std::chrono::nanoseconds interval_{0};
  std::optional<time_point> due_;
  /// Of the list that has been told; none at first.
  std::optional<uint64_t> list_version_;
  /// By UID.
  std::map<std::string, std::shared_ptr<const std::string>> told_;
  uint64_t skipped_ = 0;
};

} // namespace rr
