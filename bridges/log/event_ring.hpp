// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "messages/log/log_event.hpp"

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

  /// @pre there is one.
  const log_event& oldest() const noexcept {
    return slots_[first_].event;
  }

  /// @pre there is one.
  void drop_oldest() noexcept {
    first_ = (first_ + 1) % slots_.size();
    --count_;
  }

  /// @param number higher than those before it.
  /// @pre it is not full.
  void append(log_event&& event, uint64_t number) noexcept {
    auto& last = slots_[(first_ + count_++) % slots_.size()];
    last.event = std::move(event);
    last.number = number;
  }

  /// Frees what the events hold, too.
  void clear() noexcept {
    for (; count_ > 0; drop_oldest())
      slots_[first_].event = log_event{};
  }

  /// From the oldest to the newest of two rings, by their numbers.
  template <class F>
  static void for_each(const event_ring& x, const event_ring& y, F f) {
    for (size_t i = 0, j = 0; i < x.count_ || j < y.count_;) {
      auto takes_x = j == y.count_
                     || (i < x.count_ && x.at(i).number < y.at(j).number);
      f(takes_x ? x.at(i++).event : y.at(j++).event);
    }
  }

private:
  struct slot {
    log_event event;
    uint64_t number = 0;
  };

  const slot& at(size_t i) const noexcept {
    return slots_[(first_ + i) % slots_.size()];
  }

  std::vector<slot> slots_;
  size_t first_ = 0;
  size_t count_ = 0;
};

/// Events that wait, in which bulk has room of its own, so that no other event
/// is lost for it. Where there is no room the oldest event of its kind is lost:
/// what a child says last, before it ends, is what matters.
class event_queue {
public:
  /// @param room of bulk events, 1 and up; twice as many others.
  explicit event_queue(size_t room)
    : room_(room),
      bulk_(room),
      others_(2 * room) {
  }

  size_t count() const noexcept {
    return bulk_.count() + others_.count();
  }

  /// Whether it is time to hurry.
  bool is_half_full() const noexcept {
    return count() >= room_;
  }

  /// @param lose called with the event that is lost for this one, if any.
  template <class F>
  void append(log_event&& event, F lose) {
    auto& ring = event.is_bulk ? bulk_ : others_;
    if (ring.is_full()) {
      lose(ring.oldest());
      ring.drop_oldest();
    }
    ring.append(std::move(event), ++last_);
  }

  /// From the oldest to the newest.
  template <class F>
  void for_each(F f) const {
    event_ring::for_each(bulk_, others_, f);
  }

  /// Frees what the events hold, too.
  void clear() noexcept {
    bulk_.clear();
    others_.clear();
  }

private:
  size_t room_;
  uint64_t last_ = 0;
  event_ring bulk_;
  event_ring others_;
};

} // namespace rr
