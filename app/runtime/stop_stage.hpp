// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace rr {

/// When a resource is stopped: the last stage first.
enum class stop_stage : uint8_t {
  /// What passes log events on, after the last of them has been published.
  log_forwarding,
  /// What publishes them.
  log_publishing,
  /// What writes down how the run has ended: it is known by then.
  recording,
  /// What services and clients need: the router, the devices.
  routing,
  /// Services, clients, clocks.
  services,
  /// The children; a stage for each group of them.
  processes,
};

} // namespace rr
