// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridges/buffer/buffer_handle.hpp"
#include "bridges/web/foxglove_channels.hpp"

namespace rr {

/// What a conversation reads of the robot's devices.
struct foxglove_device_source {
  /// Those that are valid now. Must not block.
  std::function<std::vector<buffer_handle>()> devices;
  /// How a topic names a device: see `device_topic`.
  std::function<std::string(const device_key&)> name_of;
  std::shared_ptr<const robot_state> robot;
  /// Between two looks for devices that have come or gone.
  std::chrono::nanoseconds list_interval = std::chrono::milliseconds{500};
  /// Between two looks at the values of a device.
  std::chrono::nanoseconds sample_interval = std::chrono::milliseconds{50};
};

/// A channel for each device that is there, and the values of those that are
/// subscribed to: read when they are to be sent, so that a client that is slow
/// gets fewer of them, and always the latest.
class foxglove_devices {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct sample {
    uint32_t channel_id = 0;
    json message;
  };

  foxglove_devices(foxglove_device_source source, foxglove_channels& channels);

  /// Looks for devices that have come or gone, when it is time to.
  void look(time_point now);

  /// A device has been subscribed to: its values are read at once.
  void hurry() noexcept {
    next_round_ = {};
    has_subscriptions_ = true;
  }

  /// The values of a device that have changed since they were last read; none
  /// until the next round.
  std::optional<sample> next(time_point now);

  /// When there is something to do again.
  time_point deadline() const;

private:
  struct device {
    buffer_handle handle;
    uint32_t channel_id = 0;
    /// What has been read last under this subscription; none for nothing.
    std::optional<uint32_t> read_for;
    uint64_t version = 0;
    json requested;
  };

  void add(const buffer_handle& handle);
  bool begin_round(time_point now);
  std::optional<json> read(device& from);

  foxglove_device_source source_;
  foxglove_channels& channels_;
  std::map<device_key, device> devices_;
  time_point next_look_{};
  time_point next_round_{};
  /// What is left of a round.
  std::deque<device_key> round_;
  bool has_subscriptions_ = false;
};

} // namespace rr
