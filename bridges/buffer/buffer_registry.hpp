// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/buffer/buffer_handle.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/device/catalog.hpp"
#include "messages/device/device_uid.hpp"

namespace rr {

/// Says what a registry is made of.
struct buffer_registry_settings {
  /// What the names of the shared objects begin with.
  std::string prefix = "rr";
  /// Whether buffers lie in shared memory, or in that of this process alone.
  bool shared = true;
  catalog types;
  /// Where buffers are shared, it is the one that owns the prefix.
  std::shared_ptr<const robot_state> robot;
  event_log log;
};

/// Every buffer of one robot: those that this process has opened, and in shared
/// memory those that any process has made. All of them are the robot's: they
/// live until `close_all`, whoever made them, or until their drivers say that
/// they are gone, or have ended. Thread safe.
class buffer_registry {
public:
  using clock = std::chrono::steady_clock;

  /// For how long a driver that has ended may start again and find its device.
  static inline constexpr auto grace = std::chrono::seconds{1};

  /// Removes what a dead runtime has left under the prefix.
  explicit buffer_registry(buffer_registry_settings settings);

  buffer_registry(const buffer_registry&) = delete;
  buffer_registry& operator=(const buffer_registry&) = delete;

  /// Does as `close_all`.
  ~buffer_registry();

  /// How many buffers a dead runtime had left.
  size_t removed() const noexcept {
    return removed_;
  }

  const catalog& types() const noexcept {
    return settings_.types;
  }

  /// Opens a buffer, or makes it where there is none; it is valid then.
  /// @returns `ec::unknown_device` for what the catalog does not have,
  ///          `ec::robot_stopping` after `close_all`, and errors as
  ///          `shared_buffer::create`.
  caf::expected<buffer_handle> open(const device_key& key);

  /// Marks a buffer invalid, and removes it.
  /// @returns `ec::unknown_device` when there is none.
  caf::error close(const device_key& key);

  /// Every buffer that is valid now, in ascending order of their keys. Looks
  /// for those that other processes have made, and removes those whose drivers
  /// had ended already when it looked `grace` ago.
  std::vector<buffer_handle> valid(clock::time_point now = clock::now());

  /// Marks every buffer invalid, and removes it. None is opened any more.
  void close_all();

private:
  // These know the mutex to be held.
  caf::expected<buffer_handle> make(const device_key& key);
  buffer_handle keep(shared_buffer::pointer buffer);
  void discover();
  void forget_nameless();
  void tell_removed(const device_key& key, const char* cause);
  void remove_abandoned(clock::time_point now);
  bool is_abandoned(const buffer_handle& device, clock::time_point now);

  buffer_name name_of(const device_key& key) const {
    return {settings_.prefix, key};
  }

  buffer_registry_settings settings_;
  size_t removed_ = 0;
  std::mutex mutex_;
  bool closed_ = false;
  std::map<device_key, buffer_handle> buffers_;
  /// The buffers whose driver has ended: which one, and when that was seen.
  std::map<device_key, std::pair<uint64_t, clock::time_point>> abandoned_;
  /// The last change of the shared objects that `discover` has seen.
  std::optional<std::chrono::nanoseconds> listed_;
};

} // namespace rr
