// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "messages/log/log_event.hpp"

namespace rr {

/// The last events, in bounded memory. Each level has room of its own, so that
/// what is said often does not displace what is said seldom; where there is no
/// memory left the level that takes most of it loses its oldest.
class event_memory {
public:
  using event_ptr = std::shared_ptr<const log_event>;

  /// How many of each level are kept at most.
  static inline constexpr size_t most_events = 1000;

  /// @param most_bytes of all events together.
  explicit event_memory(size_t most_bytes) : most_bytes_(most_bytes) {
  }

  void append(event_ptr event);

  /// The last ones at and above a level, the oldest first.
  std::vector<event_ptr> last(log_level level, size_t most) const;

  size_t bytes() const noexcept;

private:
  static constexpr size_t levels = 5;

  struct kept {
    uint64_t number = 0;
    size_t bytes = 0;
    event_ptr event;
  };

  struct shelf {
    std::deque<kept> events;
    size_t bytes = 0;

    void drop_oldest();
  };

  size_t most_bytes_;
  uint64_t last_ = 0;
  std::array<shelf, levels> shelves_;
};

/// About how many bytes of memory an event takes.
size_t size_in_memory(const log_event& event) noexcept;

} // namespace rr
