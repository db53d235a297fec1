// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "messages/log_event.hpp"

namespace rr {

/// Events in a queue of fixed room. To exchange two of them takes a few words.
class event_ring {
public:
  /// @param room 1 and up.
  explicit event_ring(size_t room) : slots_(room) {
  }

  size_t count() const noexcept {
    return count_;
  }

  bool is_full() const noexcept {
    return count_ == slots_.size();
  }

  bool is_half_full() const noexcept {
    return 2 * count_ >= slots_.size();
  }

  /// @pre there is one.
  const log_event& oldest() const noexcept {
    return slots_[first_];
  }

  /// @pre there is one.
  void drop_oldest() noexcept {
    first_ = (first_ + 1) % slots_.size();
    --count_;
  }

  /// @pre it is not full.
  void append(log_event&& event) noexcept {
    slots_[(first_ + count_++) % slots_.size()] = std::move(event);
  }

  /// From the oldest to the newest.
  template <class F>
  void for_each(F f) const {
    for (size_t i = 0; i < count_; ++i)
      f(slots_[(first_ + i) % slots_.size()]);
  }

  /// Frees what the events hold, too.
  void clear() noexcept {
    for (; count_ > 0; drop_oldest())
      slots_[first_] = log_event{};
  }

private:
  std::vector<log_event> slots_;
  size_t first_ = 0;
  size_t count_ = 0;
};

} // namespace rr
