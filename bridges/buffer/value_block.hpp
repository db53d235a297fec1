// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bridges/buffer/request_records.hpp"
#include "bridges/buffer/versioned_block.hpp"
#include "messages/device/value_limits.hpp"

namespace rr {

/// One block of a buffer, which knows where in a slot the values of its
/// parameters lie. A large value lies in copies of its own, which change as the
/// slots do: the slot has the number of the copy that belongs to it.
///
/// A write begins a draft, stages values in it, and publishes it. It needs the
/// writers' lock for all of that.
class value_block : public versioned_block {
public:
  /// A reader of a large array that finds its copy overwritten tries again, so
  /// many times: each time a writer has filled two copies meanwhile.
  static inline constexpr int max_copy_attempts = 64;

  /// What a write of one parameter needs. It lies side by side so that a write
  /// looks at one place.
  struct entry {
    layout::place_record place;
    /// Where the stamp is in every slot.
    uint64_t stamp;
    /// How many bytes a value has.
    uint64_t size;
    value_limits limits;
    /// Empty in the block of current values.
    request_records requests;

    /// Whether the block has the parameter.
    bool exists() const noexcept {
      return place.in_slot != 0;
    }

    bool is_large() const noexcept {
      return place.first_copy != 0;
    }
  };

  value_block(std::byte* base, const buffer_layout& layout, buffer_block which);

  const entry& operator[](size_t index) const noexcept {
    return entries_[index];
  }

  size_t size() const noexcept {
    return entries_.size();
  }

  /// When the block was last changed; zero when it never was.
  std::chrono::nanoseconds last_change() const noexcept;

  /// Copies all that lies in a slot, and neither time nor stamps.
  /// @param out has room for `values_size` bytes.
  /// @returns whether it is whole: false when writers overtook every attempt.
  bool load_slot(std::byte* out) const noexcept {
    auto size = values_size();
    return read([=](std::byte* slot, uint64_t) {
      copy_shared<layout::piece>(out, slot + layout::first_value, size);
    });
  }

  /// Copies a published value, and its stamp unless `stamp` is null.
  /// @returns whether it is whole.
  bool load(const entry& param, std::span<std::byte> out,
            uint64_t* stamp) const noexcept;

  /// Copies a large value.
  /// @returns whether it is whole.
  bool load_copy(const entry& param, uint64_t copy,
                 std::span<std::byte> out) const noexcept;

  uint64_t stamp_in(std::byte* slot, const entry& param) const noexcept {
    return shared<uint64_t>(slot + param.stamp).load(std::memory_order_relaxed);
  }

  /// Puts a value that has been checked into a draft.
  void stage(const entry& param, const draft& next,
             std::span<const std::byte> value) const noexcept {
    if (!param.is_large()) [[likely]]
      store_shared(next.slot + param.place.in_slot, value.data(), value.size());
    else
      stage_copy(param, next.slot, value);
    shared<uint64_t>(next.slot + param.stamp)
      .store(next.version, std::memory_order_relaxed);
  }

  /// Says whose the request in a draft is. This comes before the draft is
  /// published: what is told of a request is of its value or of none.
  void describe_request(const entry& param, const draft& next,
                        const request_end& end, uint64_t now) const noexcept {
    param.requests.describe(stamp_in(current(), param), {.stamp = next.version,
                                                         .time = now,
                                                         .owner = end.owner,
                                                         .until = end.until});
  }

  /// Shows readers a draft.
  void publish(const draft& next, uint64_t now) const noexcept {
    shared<uint64_t>(next.slot).store(now, std::memory_order_relaxed);
    versioned_block::publish(next);
  }

private:
  std::byte* place_of_copy(const entry& param, uint64_t copy) const noexcept {
    return base_ + param.place.first_copy
           + copy % layout::copies * param.place.copy_size;
  }

  void stage_copy(const entry& param, std::byte* slot,
                  std::span<const std::byte> value) const noexcept;

  std::byte* base_;
  std::vector<entry> entries_;
};

} // namespace rr
