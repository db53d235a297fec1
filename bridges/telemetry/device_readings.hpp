// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridges/buffer/buffer_registry.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "messages/device/device_names.hpp"
#include "messages/json.hpp"

namespace rr {

/// A device as it was at one instant.
struct device_reading {
  device_key key;
  /// In decimal, or TYPE:NUMBER of a device that has no UID.
  std::string uid;
  /// Of `device.names`; empty for none.
  std::string name;
  bool connected = false;
  /// As long as nobody reads anew.
  const device_type* type = nullptr;
  /// `{ "current": { param: value }, "requested": { param: value } }`: what is
  /// readable, and what has been requested, null where that is not followed.
  /// Arrays of more than 1 KiB are left out; byte strings are arrays of
  /// numbers. The same object as long as nothing of it has changed.
  std::shared_ptr<const json> values;
  /// The same as JSON text.
  std::shared_ptr<const std::string> text;
};

/// All of them, by ascending keys.
using device_round = std::vector<device_reading>;

/// Reads devices for several who show them: whoever asks soon after another
/// gets the same. Waits for no writer. For one thread.
class device_readings {
public:
  using clock = std::chrono::steady_clock;

  /// How old what is read may be.
  static inline constexpr std::chrono::milliseconds most_age{8};

  device_readings(std::shared_ptr<buffer_registry> buffers,
                  std::shared_ptr<const robot_state> robot, device_names names);

  /// A device that is just being written too often is as it was before.
  const device_round& read(clock::time_point now);

  /// A number that changes with the list of devices, and whether they are
  /// connected.
  uint64_t list_version() const noexcept {
    return list_version_;
  }

private:
  struct known {
    buffer_handle device;
    /// The places of what is told.
    std::vector<size_t> readable;
    uint64_t version = 0;
    device_reading reading;
  };

  void read_anew();
  known begin(buffer_handle device) const;
  void update(known& what) const;

  std::shared_ptr<buffer_registry> buffers_;
  std::shared_ptr<const robot_state> robot_;
  device_names names_;
  std::map<device_key, known> known_;
  device_round round_;
  std::optional<clock::time_point> read_at_;
  uint64_t list_version_ = 0;
};

} // namespace rr
