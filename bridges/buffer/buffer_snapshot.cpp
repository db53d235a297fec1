// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_snapshot.hpp"

#include <algorithm>

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
  return slot_[buffer_->entry(block_, index).stamp / 8];
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

caf::expected<buffer_snapshot>
shared_buffer::snapshot(buffer_block block) const {
  std::vector<size_t> all;
  for (size_t i = 0; i < layout_.parameters.size(); ++i)
    if (place(block, i).in_slot != 0)
      all.push_back(i);
  return snapshot(block, all);
}

caf::expected<buffer_snapshot>
shared_buffer::snapshot(buffer_block block,
                        std::span<const size_t> indices) const {
  buffer_snapshot result;
  result.buffer_ = this;
  result.block_ = block;
  result.has_.resize(layout_.parameters.size());
  result.large_.resize(layout_.parameters.size());
  result.slot_.resize(record(block).slot_size / 8);
  std::vector<size_t> large;
  for (auto index : indices) {
    result.has_[index] = true;
    if (place(block, index).first_copy == 0)
      continue;
    result.large_[index].resize(layout_.parameters[index].size);
    large.push_back(index);
  }
  for (int i = 0; i < max_copy_attempts; ++i) {
    auto whole
      = blocks_[to_index(block)].read([&](std::byte* slot, uint64_t version) {
          load_shared(result.slot_.data(), slot, record(block).slot_size);
          result.version_ = version;
        });
    if (!whole)
      break;
    if (std::all_of(large.begin(), large.end(), [&](size_t index) {
          const auto& where = place(block, index);
          return load_copy(where, result.slot_[where.in_slot / 8],
                           result.large_[index]);
        }))
      return result;
  }
  return overtaken(to_string(name()));
}

caf::expected<device_value>
shared_buffer::requests(const robot_state& robot) const {
  std::vector<std::optional<layout::request_record>> all;
  auto whole = [&](const buffer_snapshot& seen) {
    all.clear();
    for (size_t i = 0; i < layout_.parameters.size(); ++i) {
      all.push_back(seen.has(i) ? request_of(i, seen.stamp(i))
                                : layout::request_record{});
      if (!all.back())
        return false;
    }
    return true;
  };
  auto values = snapshot(buffer_block::write);
  for (int i = 0; values && !whole(*values); ++i) {
    if (i == max_copy_attempts)
      return overtaken(to_string(name()));
    values = snapshot(buffer_block::write);
  }
  if (!values)
    return std::move(values.error());
  auto enabled = robot.enabled();
  auto result = device_value::object();
  for (size_t i = 0; i < layout_.parameters.size(); ++i) {
    if (!values->has(i))
      continue;
    const auto& param = type().parameters[i];
    std::vector<std::byte> safe(param.safe ? param.type.size() : 0);
    auto& value = result[param.name];
    if (enabled && robot.follows(all[i]->time) && lasts(i, *all[i])) {
      value = values->value(i);
    } else if (param.safe) {
      encode_safe(param, safe);
      value = decode_value(param.type, safe);
    }
  }
  return result;
}

} // namespace rr
