// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/requesters_link.hpp"

#include <utility>

namespace rr {

requesters_link::requesters_link(std::string prefix,
                                 requesters::pointer table) noexcept
  : prefix_(std::move(prefix)),
    owner_(std::move(table)),
    table_(owner_.get()) {
}

caf::expected<uint64_t> requesters_link::self() const {
  auto* table = table_.load(std::memory_order_acquire);
  if (!table) {
    auto made = requesters::create(prefix_);
    if (!made)
      return std::move(made.error());
    table = keep(std::move(made));
  }
  return table->self();
}

bool requesters_link::alive(uint64_t owner) const {
  const auto* table = table_.load(std::memory_order_acquire);
  if (!table)
    table = keep(requesters::open(prefix_));
  return table && table->alive(owner);
}

/// Several threads may have found it at once: one keeps it.
requesters*
requesters_link::keep(caf::expected<requesters::pointer> found) const {
  auto guard = std::lock_guard{mutex_};
  if (!owner_ && found) {
    owner_ = std::move(*found);
    table_.store(owner_.get(), std::memory_order_release);
  }
  return owner_.get();
}

} // namespace rr
