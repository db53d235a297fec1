// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace rr {

/// Counts the payloads that a channel has handed over and that nobody has
/// released yet. One thread takes, any thread releases; nobody locks.
class receive_window {
public:
  /// @param places 1 and up.
  explicit receive_window(size_t places) noexcept
    : places_(std::max<size_t>(places, 1)) {
  }

  /// How many payloads may be handed over now. After 0, the taker waits to be
  /// woken up.
  size_t free() noexcept {
    if (auto result = open(); result > 0)
      return result;
    waiting_.store(true);
    // A release may have come in between, and seen nobody waiting.
    auto result = open();
    if (result > 0)
      waiting_.store(false);
    return result;
  }

  void take(size_t places) noexcept {
    taken_.fetch_add(places);
  }

  /// @returns whether the taker waits and has to be woken up.
  bool release(size_t places) noexcept {
    taken_.fetch_sub(places);
    return waiting_.load() && waiting_.exchange(false);
  }

private:
  size_t open() const noexcept {
    auto taken = taken_.load();
    return taken < places_ ? places_ - taken : 0;
  }

  size_t places_;
  std::atomic<size_t> taken_{0};
  std::atomic<bool> waiting_{false};
};

} // namespace rr
