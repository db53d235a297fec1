// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bridges/buffer/buffer_layout.hpp"
#include "bridges/buffer/shared_words.hpp"

namespace rr {

/// What ends a request that nobody replaces.
struct request_end {
  /// The request ends with this process; see `requesters`.
  uint64_t owner = 0;
  /// It ends at this `recent_time`, or never where this is 0.
  uint64_t until = 0;
};

/// The two `layout::request_record`s of one parameter. It is a view of memory
/// that another owns; a parameter that nobody can request anything of has an
/// empty one.
class request_records {
public:
  request_records() = default;

  explicit request_records(std::byte* first) noexcept : first_(first) {
  }

  explicit operator bool() const noexcept {
    return first_ != nullptr;
  }

  /// Says who requests the value that is published next. A process that is
  /// killed between the two leaves the record of the published value as it was.
  /// Only for who holds the writers' lock.
  /// @param published the stamp of the value that is published now.
  void describe(uint64_t published,
                const layout::request_record& next) const noexcept {
    using record = layout::request_record;
    auto* at = first_;
    if (stamp_of(at).load(std::memory_order_relaxed) == published)
      at += sizeof(record);
    auto store = [at](size_t offset, uint64_t value) {
      shared<uint64_t>(at + offset).store(value, std::memory_order_relaxed);
    };
    store(offsetof(record, stamp), 0);
    fence_stores();
    store(offsetof(record, time), next.time);
    store(offsetof(record, owner), next.owner);
    store(offsetof(record, until), next.until);
    stamp_of(at).store(next.stamp, std::memory_order_release);
  }

  /// What is known of the request of that stamp: zeros where the stamp is 0,
  /// nothing where there have been two other requests since.
  std::optional<layout::request_record> find(uint64_t stamp) const noexcept {
    layout::request_record result{};
    if (stamp == 0)
      return result;
    auto* at = first_;
    for (uint64_t i = 0; i < layout::requests; ++i, at += sizeof(result)) {
      if (stamp_of(at).load(std::memory_order_acquire) != stamp)
        continue;
      load_shared(&result, at, sizeof(result));
      fence_loads();
      if (stamp_of(at).load(std::memory_order_relaxed) == stamp)
        return result;
    }
    return std::nullopt;
  }

private:
  static std::atomic_ref<uint64_t> stamp_of(std::byte* record) noexcept {
    return shared<uint64_t>(record + offsetof(layout::request_record, stamp));
  }

  std::byte* first_ = nullptr;
};

} // namespace rr
