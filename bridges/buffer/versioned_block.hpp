// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridges/buffer/buffer_layout.hpp"
#include "bridges/buffer/shared_words.hpp"

namespace rr {

/// Values of which readers see one whole version or another, and never wait.
///
/// There are several copies, the slots. Version `v` lies in slot `v % slots`.
/// A writer, one at a time, says which version it begins, fills the slot of
/// that version, which is the oldest one, and publishes it. A reader copies the
/// slot of the version that is published, and looks then whether a writer has
/// begun to fill that very slot, which is the case after `slots` more writes.
/// A writer that dies half-way has published nothing: readers go on with the
/// version before, and the next writer fills the same slot again.
///
/// A view of memory that another owns.
class versioned_block {
public:
  /// A reader that finds its slot overwritten tries again, so many times.
  static inline constexpr int max_attempts = 1000;

  versioned_block(std::byte* base, const layout::block_record& where) noexcept
    : counters_(base + where.counters),
      first_(base + where.first_slot),
      size_(where.slot_size),
      values_size_(where.values_size) {
  }

  /// Lets `copy(slot, version)` copy from the published slot, until it has got
  /// a whole version; it must not believe what it has copied before.
  /// @returns whether it has: false when writers overtook it every time.
  template <class F>
  bool read(F copy) const noexcept {
    // Not to be looked up again after the copy.
    auto published_at = published();
    auto begun_at = begun();
    for (int i = 0; i < max_attempts; ++i) {
      auto version = published_at.load(std::memory_order_acquire);
      copy(slot(version), version);
      fence_loads();
      auto last = begun_at.load(std::memory_order_relaxed);
      if (last - version < layout::slots) [[likely]]
        return true;
    }
    return false;
  }

  /// How many bytes a slot has.
  size_t slot_size() const noexcept {
    return size_;
  }

  /// How many of them are values; a multiple of `layout::piece`.
  size_t values_size() const noexcept {
    return values_size_;
  }

  /// A version that has been begun: no reader believes its slot yet.
  struct draft {
    std::byte* slot = nullptr;
    uint64_t version = 0;
  };

  /// Begins the next version, as a copy of the published one. Only with the
  /// writers' lock.
  draft begin() const noexcept {
    auto version = published().load(std::memory_order_relaxed);
    begun().store(version + 1, std::memory_order_relaxed);
    fence_stores();
    draft result{slot(version + 1), version + 1};
    copy_shared<layout::line>(result.slot, slot(version), size_);
    return result;
  }

  /// Shows readers what has been begun. Only with the lock.
  void publish(const draft& next) const noexcept {
    published().store(next.version, std::memory_order_release);
  }

  /// The slot of the published version. Only with the lock.
  std::byte* current() const noexcept {
    return slot(published().load(std::memory_order_relaxed));
  }

  /// The number of the published version.
  uint64_t version() const noexcept {
    return published().load(std::memory_order_acquire);
  }

private:
  std::atomic_ref<uint64_t> published() const noexcept {
    return shared<uint64_t>(counters_ + offsetof(layout::counters, published));
  }

  std::atomic_ref<uint64_t> begun() const noexcept {
    return shared<uint64_t>(counters_ + offsetof(layout::counters, begun));
  }

  std::byte* slot(uint64_t version) const noexcept {
    return first_ + version % layout::slots * size_;
  }

  std::byte* counters_;
  std::byte* first_;
  uint64_t size_;
  uint64_t values_size_;
};

} // namespace rr
