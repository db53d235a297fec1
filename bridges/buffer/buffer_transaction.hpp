// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/buffer/shared_buffer.hpp"

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
  caf::error stage(buffer_block block, size_t index,
                   std::span<const std::byte> value);
  bool requests(size_t index) const noexcept;
  void release() noexcept;

  shared_buffer* buffer_;
  /// What has been begun, by block.
  std::array<versioned_block::draft, 2> drafts_;
  /// Of what it requests.
  uint64_t owner_ = 0;
};

} // namespace rr
