// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/buffer/memory_segment.hpp"
#include "bridges/buffer/process_lock.hpp"
#include "bridges/buffer/request_signal.hpp"
#include "bridges/buffer/requesters_link.hpp"
#include "bridges/buffer/value_block.hpp"
#include "messages/device/device_value.hpp"

namespace rr {

struct checked_value;

/// The memory of a `shared_buffer`: where everything lies in it, which calls it
/// allows, and whose requests it holds. It stays where it was made.
class buffer_memory {
public:
  static inline constexpr uint32_t valid_bit = 1;
  static inline constexpr uint32_t connected_bit = 2;

  /// @param table the requesters of private memory; null for those of the
  ///              prefix.
  buffer_memory(memory_segment segment, buffer_layout layout,
                requesters::pointer table);

  buffer_memory(const buffer_memory&) = delete;
  buffer_memory& operator=(const buffer_memory&) = delete;

  const buffer_name& name() const noexcept {
    return layout_.name;
  }

  const device_type& type() const noexcept {
    return layout_.type;
  }

  // -- what lies in it -------------------------------------------------------

  bool has_flag(uint32_t bit) const noexcept {
    return (shared<uint32_t>(flags_).load(std::memory_order_acquire) & bit)
           != 0;
  }

  void set_flag(uint32_t bit, bool on) noexcept {
    set_bits(flags_, bit, on);
    signal().notify();
  }

  const value_block& values_in(buffer_block block) const noexcept {
    return blocks_[static_cast<size_t>(block)];
  }

  process_lock& lock() noexcept {
    return lock_;
  }

  /// The stamp of the parameter's last request that has reached the device.
  std::atomic_ref<uint64_t> acknowledged(size_t index) const noexcept {
    return shared<uint64_t>(base_ + layout_.header.acknowledged + 8 * index);
  }

  /// The word of a bitmap that has the parameter's bit.
  std::byte* pending_reads(size_t index) const noexcept {
    return base_ + layout_.header.pending_reads + index / 64 * 8;
  }

  std::byte* subscribed(size_t index) const noexcept {
    return base_ + layout_.header.subscribed + index / 64 * 8;
  }

  /// Who drives the device, as `layout::header::driver` has it.
  std::atomic_ref<uint64_t> driver() const noexcept {
    return shared<uint64_t>(base_ + layout_.header.driver);
  }

  /// Whether somebody removes the buffer, or has.
  bool is_removed() const noexcept {
    return (driver().load(std::memory_order_acquire) & layout::removed) != 0;
  }

  /// Whether the object bears its name still: whoever opens it finds this one.
  bool has_name() const;

  /// Takes the name from the object, if it bears it.
  caf::error take_name();

  /// To be told of every change of the block of requested values, and of the
  /// flags.
  request_signal signal() const noexcept {
    return request_signal{base_ + layout_.header.wake};
  }

  const requesters_link& requesters() const noexcept {
    return requesters_;
  }

  // -- which calls it allows: errors as `shared_buffer` has them -------------

  caf::expected<size_t> find(std::string_view parameter) const;

  /// Refuses a parameter that the block does not have.
  caf::error check_block(buffer_block block, size_t index) const;

  /// Refuses an invalid buffer, too.
  caf::error check_access(buffer_block block, size_t index) const;

  /// Checks a value that is to be written. This comes before the lock is taken,
  /// for it takes long with a large value.
  caf::expected<checked_value> check(buffer_block block,
                                     std::string_view parameter,
                                     const device_value& value) const;
  caf::expected<checked_value> check(buffer_block block, size_t index,
                                     std::span<const std::byte> value) const;

  caf::error invalid(size_t index) const;

  /// @param what names the parameter or the buffer.
  static caf::error overtaken(std::string_view what);

  /// @param cause what `process_lock::acquire` said.
  caf::error lock_failed(int cause) const;

private:
  buffer_layout layout_;
  std::byte* base_;
  std::byte* flags_;
  /// Indices of parameters, in the order of their names.
  std::vector<uint16_t> by_name_;
  std::array<value_block, 2> blocks_;
  process_lock lock_;
  memory_segment segment_;
  requesters_link requesters_;
};

} // namespace rr
