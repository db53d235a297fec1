// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/buffer/buffer_memory.hpp"

namespace rr {

/// Several writes of one buffer as one. Nobody sees any before `commit`; the
/// end of this object without it undoes all. Other writers wait meanwhile, so
/// it should be short, and it ends on the thread that began it. Must not
/// outlive its buffer.
class buffer_transaction {
public:
  /// Does as `shared_buffer::set`.
  caf::expected<value_fit> set(std::string_view parameter,
                               const device_value& value);

  /// Does as `shared_buffer::write`.
  caf::expected<value_fit> write(std::string_view parameter,
                                 const device_value& value);

  /// Does as `shared_buffer::store_bytes`.
  caf::expected<value_fit> store_bytes(buffer_block block, size_t index,
                                       std::span<const std::byte> value);

  /// Shows what has been written: each block at once. Nothing may be written
  /// after it.
  void commit() noexcept;

private:
  friend class shared_buffer;

  explicit buffer_transaction(buffer_memory& memory) noexcept
    : memory_(&memory) {
  }

  /// Begins the block's draft where there is none, and puts the value there.
  caf::expected<value_fit> stage(buffer_block block,
                                 const caf::expected<checked_value>& value);

  value_block::draft& draft(buffer_block block) noexcept {
    return drafts_[static_cast<size_t>(block)];
  }

  struct lock_release {
    void operator()(buffer_memory* memory) const noexcept {
      memory->lock().release();
    }
  };

  /// Has the lock until the end.
  std::unique_ptr<buffer_memory, lock_release> memory_;
  /// There is one for each block, without a slot where nothing was written.
  std::array<value_block::draft, 2> drafts_;
  /// This process, once it has requested anything here.
  uint64_t owner_ = 0;
};

} // namespace rr
