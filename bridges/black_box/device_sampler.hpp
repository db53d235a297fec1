// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "bridges/buffer/buffer_registry.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "messages/device/device_names.hpp"

namespace rr {

/// Looks at the values of all devices, and tells of those that have changed.
/// For one thread.
class device_sampler {
public:
  using clock = std::chrono::steady_clock;

  /// Told of a device the first time that it is seen.
  using topic_teller
    = std::function<void(uint16_t topic, const std::string& text)>;
  /// Told of its values, as the topic's messages are.
  using value_teller = topic_teller;

  device_sampler(std::shared_ptr<buffer_registry> buffers,
                 std::shared_ptr<const robot_state> robot,
                 const device_names& names);

  /// @returns how many devices there are.
  size_t look(clock::time_point now, const topic_teller& tell_topic,
              const value_teller& tell_values);

private:
  struct seen_device {
    uint16_t topic = 0;
    uint64_t current_version = 0;
    uint64_t requested_version = 0;
    std::string values;
  };

  std::string name_of(const device_key& key) const;
  std::string describe(const buffer_handle& device) const;
  std::string values_of(const buffer_handle& device) const;

  std::shared_ptr<buffer_registry> buffers_;
  std::shared_ptr<const robot_state> robot_;
  /// Of devices, by their UIDs.
  std::map<device_uid, std::string> names_;
  std::map<device_key, seen_device> seen_;
  uint16_t last_topic_ = 0;
  /// When requests are looked at although nobody has written any: they end
  /// without a word.
  clock::time_point next_full_look_{};
};

} // namespace rr
