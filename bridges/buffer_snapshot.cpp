// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer_snapshot.hpp"

namespace rr {

std::chrono::nanoseconds buffer_snapshot::last_change() const noexcept {
  return std::chrono::nanoseconds{static_cast<int64_t>(slot_.front())};
}

bool buffer_snapshot::has(size_t index) const noexcept {
  return has_[index];
}

std::span<const std::byte> buffer_snapshot::bytes(size_t index) const noexcept {
  const auto& where = buffer_->place(block_, index);
  if (where.first_copy != 0)
    return large_[index];
  return std::as_bytes(std::span{slot_})
    .subspan(where.in_slot, buffer_->layout_.parameters[index].size);
}

device_value buffer_snapshot::value(size_t index) const {
  return decode_value(buffer_->type().parameters[index].type, bytes(index));
}

uint64_t buffer_snapshot::stamp(size_t index) const noexcept {
  return slot_[buffer_->stamp_offset(block_, index) / 8];
}

device_value buffer_snapshot::values() const {
  auto result = device_value::object();
  for (size_t i = 0; i < has_.size(); ++i)
    if (has_[i])
      result[buffer_->type().parameters[i].name] = value(i);
  return result;
}

device_value buffer_snapshot::values_since(uint64_t version) const {
  auto result = device_value::object();
  for (size_t i = 0; i < has_.size(); ++i)
    if (has_[i] && stamp(i) > version)
      result[buffer_->type().parameters[i].name] = value(i);
  return result;
}

} // namespace rr
