// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "messages/log/log_event.hpp"

namespace rr {

class log_output;

/// An event that waits for those who are to have it.
struct queued_event {
  std::shared_ptr<const log_event> event;
  /// Whether another program has published it.
  bool is_foreign = false;
  /// Whose losses it reports, if it does: an output that is not to have it.
  const log_output* except = nullptr;
  /// The queue's, from 1.
  uint64_t number = 0;
};

/// Events in a queue of so much room, by ascending numbers. The memory of a
/// large one is had when it is needed; where there is none, it is full.
class event_ring {
public:
  /// @param room 1 and up.
  explicit event_ring(size_t room)
    : room_(room),
      slots_(std::min(room, first_slots)) {
  }

  /// Takes the event into the ring.
  /// @returns the oldest one when there is no room for both.
  queued_event append(queued_event added) noexcept {
    queued_event lost;
    if (count_ == slots_.size() && !grow())
      lost = take_oldest();
    at(count_++) = std::move(added);
    return lost;
  }

  void drop_until(uint64_t number) noexcept {
    while (count_ > 0 && at(0).number <= number)
      take_oldest();
  }

  size_t count() const noexcept {
    return count_;
  }

  const queued_event& at(size_t i) const noexcept {
    return slots_[(first_ + i) % slots_.size()];
  }

  /// The first one with a higher number; `count()` when there is none.
  size_t first_after(uint64_t number) const noexcept {
    size_t low = 0;
    for (auto high = count_; low < high;) {
      auto middle = low + (high - low) / 2;
      if (at(middle).number <= number)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

private:
  queued_event& at(size_t i) noexcept {
    return slots_[(first_ + i) % slots_.size()];
  }

  queued_event take_oldest() noexcept {
    auto result = std::exchange(slots_[first_], {});
    first_ = (first_ + 1) % slots_.size();
    --count_;
    return result;
  }

  bool grow() noexcept {
    if (slots_.size() == room_)
      return false;
    try {
      std::vector<queued_event> more(std::min(room_, 2 * slots_.size()));
      for (size_t i = 0; i < count_; ++i)
        more[i] = std::move(at(i));
      slots_ = std::move(more);
      first_ = 0;
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  static constexpr size_t first_slots = 2048;

  size_t room_;
  std::vector<queued_event> slots_;
  size_t first_ = 0;
  size_t count_ = 0;
};

/// Events that wait. Bulk has room of its own, so have what other programs have
/// published, errors, and reports of losses: no event is lost for those of
/// another kind. Where there is no room the oldest of its kind is lost: what a
/// child says last, before it ends, is what matters.
class event_queue {
public:
  /// @param room of bulk events, 1 and up, of foreign ones, of errors, and of
  ///             half of the others.
  explicit event_queue(size_t room)
    : rings_{event_ring{2 * room}, event_ring{room}, event_ring{room},
             event_ring{room}, event_ring{most_reports}} {
  }

  /// Gives the event its number.
  /// @returns the one that is lost for it, if any.
  queued_event append(queued_event added) noexcept {
    added.number = ++last_;
    auto& ring = rings_[kind_of(added)];
    return ring.append(std::move(added));
  }

  /// The number of the last event.
  uint64_t last() const noexcept {
    return last_;
  }

  void drop_until(uint64_t number) noexcept {
    for (auto& ring : rings_)
      ring.drop_until(number);
  }

  /// From the oldest of those with a higher number to the newest.
  /// @param f returns false to end there.
  template <class F>
  void for_each_after(uint64_t number, F f) const {
    std::array<size_t, kinds> next;
    for (size_t i = 0; i < next.size(); ++i)
      next[i] = rings_[i].first_after(number);
    for (;;) {
      auto oldest = next.size();
      for (size_t i = 0; i < next.size(); ++i)
        if (next[i] < rings_[i].count()
            && (oldest == next.size()
                || rings_[i].at(next[i]).number
                     < rings_[oldest].at(next[oldest]).number))
          oldest = i;
      if (oldest == next.size() || !f(rings_[oldest].at(next[oldest]++)))
        return;
    }
  }

private:
  static constexpr size_t kinds = 5;
  static constexpr size_t most_reports = 16;

  /// What a ring is for.
  static size_t kind_of(const queued_event& x) noexcept {
    return x.except                             ? 4
           : x.is_foreign                       ? 3
           : x.event->is_bulk                   ? 2
           : x.event->level >= log_level::error ? 1
                                                : 0;
  }

  std::array<event_ring, kinds> rings_;
  uint64_t last_ = 0;
};

} // namespace rr
