// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/buffer/buffer_registry.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/device/device_names.hpp"

namespace rr {

class buffer_store_state {
public:
  static inline constexpr auto name = "buffer-store";

  using pointer = buffer_store_actor::stateful_pointer<buffer_store_state>;

  explicit buffer_store_state(pointer self) : self_(self) {
  }

  /// Marks every buffer invalid, and removes it.
  ~buffer_store_state();

  buffer_store_actor::behavior_type
  make_behavior(std::shared_ptr<buffer_registry> buffers, device_names names,
                event_log log);

private:
  caf::result<buffer_handle> on_open_text(const std::string& device);
  caf::result<void> on_close(const device_key& key);
  device_keys on_list();

  pointer self_;
  std::shared_ptr<buffer_registry> buffers_;
  device_names names_;
};

/// Owns the buffers of the robot's devices. Hands out handles: whoever has one
/// reads and writes without asking again. Its end is that of every buffer,
/// whoever made it: all of them are marked invalid then, and removed.
/// @param buffers may be shared with threads of bridges, which open and list
///                buffers without asking.
/// @param names what `device.names` says.
buffer_store_actor::behavior_type
buffer_store(buffer_store_actor::stateful_pointer<buffer_store_state> self,
             std::shared_ptr<buffer_registry> buffers, device_names names,
             event_log log);

} // namespace rr
