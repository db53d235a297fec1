// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "bridges/telemetry/device_readings.hpp"
#include "bridges/web/foxglove_channels.hpp"

namespace rr {

/// How often one client's conversation looks at the devices.
struct foxglove_intervals {
  /// For those that have come or gone.
  std::chrono::nanoseconds list = std::chrono::milliseconds{500};
  /// For values.
  std::chrono::nanoseconds sample = std::chrono::milliseconds{50};
  /// Between two messages of `/control`.
  std::chrono::nanoseconds control = std::chrono::milliseconds{50};
};

/// A channel for each device that is there, and the values of those that are
/// subscribed to: as they are when they are to be sent, so that a client that
/// is slow gets fewer of them, and always the latest.
class foxglove_devices {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct sample {
    uint32_t channel_id = 0;
    json message;
  };

  /// @param readings null where there are no devices.
  foxglove_devices(std::shared_ptr<device_readings> readings,
                   foxglove_intervals intervals, foxglove_channels& channels);

  /// Looks for devices that have come or gone, when it is time to.
  void look(time_point now);

  /// A device has been subscribed to: its values are looked at at once.
  void hurry() noexcept;

  /// The values of a device that have changed since they were last told; none
  /// until the next round.
  std::optional<sample> next(time_point now);

  /// When there is something to do again; none without devices.
  std::optional<time_point> deadline() const;

private:
  struct known {
    uint32_t channel_id = 0;
    /// Another one for a device that has come back.
    const device_type* type = nullptr;
    /// What has been told last, and under which subscription.
    std::shared_ptr<const json> told;
    std::optional<uint32_t> told_for;
  };

  void add(const device_reading& device);
  bool begin_round(time_point now);
  std::optional<json> read(const device_key& key, known& device,
                           time_point now);

  std::shared_ptr<device_readings> readings_;
  foxglove_intervals intervals_;
  foxglove_channels& channels_;
  std::map<device_key, known> known_;
  time_point next_look_{};
  time_point next_round_{};
  /// What is left of a round.
  std::deque<device_key> round_;
  bool has_subscriptions_ = false;
};

} // namespace rr
