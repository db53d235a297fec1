// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer_transaction.hpp"

#include <algorithm>

namespace rr {

buffer_transaction::buffer_transaction(buffer_transaction&& other) noexcept
  : buffer_(std::exchange(other.buffer_, nullptr)),
    slots_(other.slots_) {
}

caf::expected<value_fit> buffer_transaction::set(std::string_view parameter,
                                                 const device_value& value) {
  return store_value(buffer_block::update, parameter, value);
}

caf::expected<value_fit> buffer_transaction::write(std::string_view parameter,
                                                   const device_value& value) {
  return store_value(buffer_block::write, parameter, value);
}

caf::expected<value_fit>
buffer_transaction::store_value(buffer_block block, std::string_view parameter,
                                const device_value& value) {
  auto index = buffer_->find(block, parameter);
  if (!index)
    return std::move(index.error());
  const auto& param = buffer_->type().parameters[*index];
  std::vector<std::byte> bytes(param.type.size());
  auto result = encode_value(param, value, bytes);
  if (result)
    stage(block, *index, bytes);
  return result;
}

caf::expected<value_fit>
buffer_transaction::store_bytes(buffer_block block, size_t index,
                                std::span<const std::byte> value) {
  if (auto failed = buffer_->check_access(block, index))
    return failed;
  std::array<std::byte, layout::max_in_slot> small;
  std::vector<std::byte> large;
  auto copy = std::span{small}.first(std::min(value.size(), small.size()));
  if (value.size() > small.size()) {
    large.resize(value.size());
    copy = large;
  }
  std::copy(value.begin(), value.end(), copy.begin());
  auto result = buffer_->check_bytes(index, copy);
  if (result)
    stage(block, index, copy);
  return result;
}

void buffer_transaction::commit() noexcept {
  auto now = recent_time();
  for (size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i]) {
      shared<uint64_t>(slots_[i]).store(now, std::memory_order_relaxed);
      buffer_->blocks_[i].publish();
    }
  if (slots_[shared_buffer::to_index(buffer_block::write)])
    for (size_t i = 0; i < buffer_->layout_.parameters.size(); ++i)
      if (requests(i))
        buffer_->requested_at(i).store(now, std::memory_order_release);
  release();
}

/// Whether the version that has just been published requests a parameter.
bool buffer_transaction::requests(size_t index) const noexcept {
  auto block = buffer_block::write;
  auto i = shared_buffer::to_index(block);
  auto stamp = shared<uint64_t>(slots_[i] + buffer_->stamp_offset(block, index))
                 .load(std::memory_order_relaxed);
  return stamp == buffer_->blocks_[i].version();
}

/// Into the copy after the published one: the oldest of them.
void buffer_transaction::stage_copy(const layout::place_record& where,
                                    std::byte* slot, std::byte* published,
                                    std::span<const std::byte> value) noexcept {
  auto copy = shared<uint64_t>(published + where.in_slot)
                .load(std::memory_order_relaxed)
              + 1;
  shared<uint64_t>(buffer_->base_ + where.begun)
    .store(copy, std::memory_order_relaxed);
  fence_stores();
  store_shared(buffer_->base_ + where.first_copy
                 + copy % layout::copies * where.copy_size,
               value.data(), value.size());
  shared<uint64_t>(slot + where.in_slot).store(copy, std::memory_order_relaxed);
}

} // namespace rr
