// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <caf/expected.hpp>

#include "bridges/recent_time.hpp"
#include "bridges/shared_buffer.hpp"

namespace rr {

/// Several writes of one buffer as one. Nobody sees any before `commit`; the
/// end of this object without it undoes all. Other writers wait meanwhile, so
/// it should be short, and it ends on the thread that began it. Must not
/// outlive its buffer.
class buffer_transaction {
public:
  buffer_transaction(buffer_transaction&& other) noexcept;
  buffer_transaction& operator=(buffer_transaction&&) = delete;

  ~buffer_transaction() {
    release();
  }

  /// As `shared_buffer::set`.
  caf::expected<value_fit> set(std::string_view parameter,
                               const device_value& value);

  /// As `shared_buffer::write`.
  caf::expected<value_fit> write(std::string_view parameter,
                                 const device_value& value);

  /// As `shared_buffer::store_bytes`.
  caf::expected<value_fit> store_bytes(buffer_block block, size_t index,
                                       std::span<const std::byte> value);

  /// Shows what has been written: each block at once. Nothing may be written
  /// after it.
  void commit() noexcept;

private:
  friend class shared_buffer;

  explicit buffer_transaction(shared_buffer& buffer) noexcept
    : buffer_(&buffer) {
  }

  caf::expected<value_fit> store_value(buffer_block block,
                                       std::string_view parameter,
                                       const device_value& value);
  void stage(buffer_block block, size_t index,
             std::span<const std::byte> value) noexcept;
  void stage_copy(const layout::place_record& where, std::byte* slot,
                  std::byte* published,
                  std::span<const std::byte> value) noexcept;
  void commit(buffer_block block, size_t index) noexcept;
  bool requests(size_t index) const noexcept;
  void release() noexcept;

  shared_buffer* buffer_;
  /// What has been begun, by block.
  std::array<std::byte*, 2> slots_{};
};

// -- what every write does ----------------------------------------------------

inline void
buffer_transaction::stage(buffer_block block, size_t index,
                          std::span<const std::byte> value) noexcept {
  const auto& versions = buffer_->blocks_[shared_buffer::to_index(block)];
  auto& slot = slots_[shared_buffer::to_index(block)];
  if (!slot)
    slot = versions.begin();
  const auto& where = buffer_->place(block, index);
  if (where.first_copy == 0)
    store_shared(slot + where.in_slot, value.data(), value.size());
  else
    stage_copy(where, slot, versions.current(), value);
  shared<uint64_t>(slot + buffer_->stamp_offset(block, index))
    .store(versions.version() + 1, std::memory_order_relaxed);
}

/// The same for one parameter, which is all that was staged.
inline void buffer_transaction::commit(buffer_block block,
                                       size_t index) noexcept {
  auto now = recent_time();
  auto i = shared_buffer::to_index(block);
  shared<uint64_t>(slots_[i]).store(now, std::memory_order_relaxed);
  buffer_->blocks_[i].publish();
  // Afterwards: whoever sees this time sees the value, too.
  if (block == buffer_block::write)
    buffer_->requested_at(index).store(now, std::memory_order_release);
  release();
}

inline void buffer_transaction::release() noexcept {
  if (auto* buffer = std::exchange(buffer_, nullptr))
    buffer->lock_.release();
}

} // namespace rr
