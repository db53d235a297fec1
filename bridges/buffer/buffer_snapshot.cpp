// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_snapshot.hpp"

#include <algorithm>

namespace rr {

bool buffer_snapshot::take(std::span<const size_t> indices) {
  slot_.resize(block_->slot_size() / 8);
  large_.resize(block_->size());
  has_.resize(block_->size());
  for (auto index : indices) {
    has_[index] = true;
    if (const auto& param = (*block_)[index]; param.is_large())
      large_[index].resize(param.size);
  }
  auto load_large = [this](size_t index) {
    const auto& param = (*block_)[index];
    return !param.is_large()
           || block_->load_copy(param, slot_[param.place.in_slot / 8],
                                large_[index]);
  };
  for (int i = 0; i < value_block::max_copy_attempts; ++i) {
    auto whole = block_->read([this](std::byte* slot, uint64_t version) {
      load_shared(slot_.data(), slot, block_->slot_size());
      version_ = version;
    });
    if (!whole)
      return false;
    if (std::ranges::all_of(indices, load_large))
      return true;
  }
  return false;
}

std::chrono::nanoseconds buffer_snapshot::last_change() const noexcept {
  return std::chrono::nanoseconds{static_cast<int64_t>(slot_.front())};
}

std::span<const std::byte> buffer_snapshot::bytes(size_t index) const noexcept {
  const auto& param = (*block_)[index];
  if (param.is_large())
    return large_[index];
  return std::as_bytes(std::span{slot_})
    .subspan(param.place.in_slot, param.size);
}

device_value buffer_snapshot::value(size_t index) const {
  return decode_value(type_->parameters[index].type, bytes(index));
}

uint64_t buffer_snapshot::stamp(size_t index) const noexcept {
  return slot_[(*block_)[index].stamp / 8];
}

/// What was written in that version or after it.
device_value buffer_snapshot::values_from(uint64_t version) const {
  auto result = device_value::object();
  for (size_t i = 0; i < has_.size(); ++i)
    if (has_[i] && stamp(i) >= version)
      result[type_->parameters[i].name] = value(i);
  return result;
}

} // namespace rr
