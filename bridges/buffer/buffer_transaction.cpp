// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_transaction.hpp"

#include <utility>

#include "bridges/buffer/scratch_value.hpp"
#include "bridges/system/recent_time.hpp"

namespace rr {

buffer_transaction::buffer_transaction(buffer_transaction&& other) noexcept
  : buffer_(std::exchange(other.buffer_, nullptr)),
    drafts_(other.drafts_),
    owner_(other.owner_) {
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
  if (!result)
    return result;
  if (auto failed = stage(block, *index, bytes))
    return failed;
  return result;
}

caf::expected<value_fit>
buffer_transaction::store_bytes(buffer_block block, size_t index,
                                std::span<const std::byte> value) {
  if (auto failed = buffer_->check_access(block, index))
    return failed;
  scratch_value copy{value};
  auto result = buffer_->check_bytes(block, index, copy.bytes());
  if (!result)
    return result;
  if (auto failed = stage(block, index, copy.bytes()))
    return failed;
  return result;
}

caf::error buffer_transaction::stage(buffer_block block, size_t index,
                                     std::span<const std::byte> value) {
  if (block == buffer_block::write && owner_ == 0) {
    auto owner = buffer_->requester();
    if (!owner)
      return std::move(owner.error());
    owner_ = *owner;
  }
  auto i = shared_buffer::to_index(block);
  auto& next = drafts_[i];
  if (!next.slot)
    next = buffer_->blocks_[i].begin();
  buffer_->stage(block, buffer_->entry(block, index), next, value);
  return {};
}

void buffer_transaction::commit() noexcept {
  auto now = recent_time();
  const auto& requested = drafts_[shared_buffer::to_index(buffer_block::write)];
  if (requested.slot)
    for (size_t i = 0; i < buffer_->layout_.parameters.size(); ++i)
      if (requests(i))
        buffer_->describe_request(buffer_->entry(buffer_block::write, i),
                                  {owner_, 0}, requested.version, now);
  for (auto block : {buffer_block::update, buffer_block::write})
    if (const auto& next = drafts_[shared_buffer::to_index(block)]; next.slot)
      buffer_->publish(block, next, now);
  release();
}

/// Whether the version that is about to be published requests a parameter.
bool buffer_transaction::requests(size_t index) const noexcept {
  auto block = buffer_block::write;
  const auto& next = drafts_[shared_buffer::to_index(block)];
  auto stamp = shared<uint64_t>(next.slot + buffer_->entry(block, index).stamp)
                 .load(std::memory_order_relaxed);
  return stamp == next.version;
}

void buffer_transaction::release() noexcept {
  if (auto* buffer = std::exchange(buffer_, nullptr))
    buffer->lock_.release();
}

} // namespace rr
