// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include <caf/expected.hpp>

#include "bridges/buffer/requesters.hpp"

namespace rr {

/// A buffer's way to the table of requesters, which it looks for when a request
/// is first made or read. Thread safe.
class requesters_link {
public:
  /// @param table that of private buffers; null for the one of the prefix.
  requesters_link(std::string prefix, requesters::pointer table) noexcept;

  /// Does as `requesters::known_self`; 0 also while no table has been looked
  /// for.
  uint64_t known_self() const noexcept {
    auto* table = table_.load(std::memory_order_acquire);
    return table ? table->known_self() : 0;
  }

  /// Does as `requesters::self`, and makes the table where there is none.
  caf::expected<uint64_t> self() const;

  /// Does as `requesters::alive`. Where there is no table nobody is there who
  /// could have requested anything.
  bool alive(uint64_t owner) const;

private:
  requesters* keep(caf::expected<requesters::pointer> found) const;

  std::string prefix_;
  mutable std::mutex mutex_;
  mutable requesters::pointer owner_;
  mutable std::atomic<requesters*> table_;
};

} // namespace rr
