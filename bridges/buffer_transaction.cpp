// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer_transaction.hpp"

#include <ctime>
#include <utility>

namespace rr {

namespace {

/// The steady clock as of the last tick: a fourth of the price of its exact
/// time, which would be the most of a write.
uint64_t recent_time() noexcept {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000
         + static_cast<uint64_t>(time.tv_nsec);
}

/// Whether every pattern of bytes is a value within the limits.
bool takes_anything(const parameter& param) noexcept {
  auto scalar = param.type.scalar;
  return scalar == scalar_type::character
         || (is_integer(scalar) && !param.lower && !param.upper);
}

} // namespace

buffer_transaction::buffer_transaction(buffer_transaction&& other) noexcept
  : buffer_(std::exchange(other.buffer_, nullptr)),
    slots_(other.slots_) {
}

buffer_transaction::~buffer_transaction() {
  release();
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
  const auto& param = buffer_->type().parameters[index];
  auto size = buffer_->layout_.parameters[index].size;
  if (value.size() == size && takes_anything(param)) {
    stage(block, index, value);
    return value_fit::exact;
  }
  std::array<std::byte, layout::max_in_slot> small;
  std::vector<std::byte> large;
  auto copy = std::span{small}.first(std::min(value.size(), small.size()));
  if (value.size() > small.size()) {
    large.resize(value.size());
    copy = large;
  }
  std::copy(value.begin(), value.end(), copy.begin());
  auto result = check_value(param, copy);
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
  release();
}

void buffer_transaction::stage(buffer_block block, size_t index,
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

void buffer_transaction::release() noexcept {
  if (auto* buffer = std::exchange(buffer_, nullptr))
    buffer->lock_.release();
}

} // namespace rr
