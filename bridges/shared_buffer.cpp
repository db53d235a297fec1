// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/shared_buffer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bridges/buffer_snapshot.hpp"
#include "bridges/buffer_transaction.hpp"

namespace rr {

namespace {

/// How often a reader of a large array tries again: each time a writer has
/// filled two copies of it meanwhile.
constexpr int max_copy_attempts = 64;

caf::error fault(ec code, std::string_view parameter, const std::string& why) {
  return caf::make_error(code, std::string{parameter} + ": " + why);
}

/// Most values are a number.
void copy_value(std::byte* to, const std::byte* from, size_t size) noexcept {
  if (size == 4)
    std::memcpy(to, from, 4);
  else if (size == 8)
    std::memcpy(to, from, 8);
  else
    std::memcpy(to, from, size);
}

} // namespace

caf::expected<size_t> shared_buffer::find(std::string_view parameter) const {
  const auto& all = type().parameters;
  auto found = std::lower_bound(by_name_.begin(), by_name_.end(), parameter,
                                [&](uint16_t index, std::string_view wanted) {
                                  return all[index].name < wanted;
                                });
  if (found != by_name_.end() && all[*found].name == parameter)
    return size_t{*found};
  return fault(ec::unknown_parameter, parameter,
               "no such parameter of " + to_string(name()));
}

caf::expected<size_t> shared_buffer::find(buffer_block block,
                                          std::string_view parameter) const {
  auto result = find(parameter);
  if (result)
    if (auto failed = check_access(block, *result))
      return failed;
  return result;
}

std::chrono::nanoseconds
shared_buffer::last_change(buffer_block block) const noexcept {
  uint64_t result = 0;
  blocks_[to_index(block)].read([&](std::byte* slot, uint64_t) {
    result = shared<uint64_t>(slot).load(std::memory_order_relaxed);
  });
  return std::chrono::nanoseconds{static_cast<int64_t>(result)};
}

caf::expected<device_value>
shared_buffer::get(std::string_view parameter) const {
  auto index = find(buffer_block::update, parameter);
  if (!index)
    return std::move(index.error());
  std::vector<std::byte> bytes(layout_.parameters[*index].size);
  if (auto failed = get_bytes(*index, bytes))
    return failed;
  return decode_value(type().parameters[*index].type, bytes);
}

caf::expected<value_fit> shared_buffer::set(std::string_view parameter,
                                            const device_value& value) {
  return store_value(buffer_block::update, parameter, value);
}

caf::expected<device_value>
shared_buffer::requested(std::string_view parameter,
                         const robot_state& robot) const {
  auto index = find(buffer_block::write, parameter);
  if (!index)
    return std::move(index.error());
  std::vector<std::byte> bytes(layout_.parameters[*index].size);
  if (auto failed = requested_bytes(*index, bytes, robot))
    return failed;
  return decode_value(type().parameters[*index].type, bytes);
}

caf::expected<value_fit> shared_buffer::write(std::string_view parameter,
                                              const device_value& value) {
  return store_value(buffer_block::write, parameter, value);
}

caf::error shared_buffer::get_bytes(size_t index,
                                    std::span<std::byte> out) const {
  if (auto failed = check_access(buffer_block::update, index))
    return failed;
  if (!load(buffer_block::update, index, out, nullptr))
    return overtaken(type().parameters[index].name);
  return {};
}

caf::error shared_buffer::requested_bytes(size_t index,
                                          std::span<std::byte> out,
                                          const robot_state& robot) const {
  if (auto failed = check_access(buffer_block::write, index))
    return failed;
  // First: the value is of that time or later.
  auto time = requested_at(index).load(std::memory_order_acquire);
  if (!load(buffer_block::write, index, out, nullptr))
    return overtaken(type().parameters[index].name);
  // Last of all: what is returned was requested while the robot was enabled.
  if (!robot.enabled())
    return safe_or(ec::robot_disabled, index, out, robot);
  return robot.follows(time) ? caf::error{}
                             : safe_or(ec::no_value, index, out, robot);
}

caf::expected<value_fit>
shared_buffer::store_bytes(buffer_block block, size_t index,
                           std::span<const std::byte> value) {
  if (!takes(block, index)) [[unlikely]]
    if (auto failed = check_access(block, index))
      return failed;
  auto size = value.size();
  // Before the lock is taken: clamping a large value takes long.
  std::array<std::byte, layout::max_in_slot> small;
  std::vector<std::byte> large;
  auto copy = std::span{small}.first(std::min(size, small.size()));
  if (size > small.size()) {
    large.resize(size);
    copy = large;
  }
  copy_value(copy.data(), value.data(), size);
  auto fit = check_bytes(index, copy);
  if (!fit) [[unlikely]]
    return fit;
  if (auto failed = publish(block, index, copy)) [[unlikely]]
    return failed;
  return fit;
}

caf::expected<value_fit>
shared_buffer::check_bytes(size_t index, std::span<std::byte> value) const {
  if (value.size() == layout_.parameters[index].size) [[likely]]
    if (auto fit = limits_[index].apply(value)) [[likely]]
      return *fit;
  // Says what is wrong.
  return check_value(type().parameters[index], value);
}

/// One value that has been checked.
caf::error shared_buffer::publish(buffer_block block, size_t index,
                                  std::span<const std::byte> value) {
  if (auto failed = lock_.acquire()) [[unlikely]]
    return lock_failed(failed);
  buffer_transaction change{*this};
  change.stage(block, index, value);
  change.commit(block, index);
  return {};
}

caf::expected<value_fit> shared_buffer::store_value(buffer_block block,
                                                    std::string_view parameter,
                                                    const device_value& value) {
  // Before the lock is taken: a value may take long to read.
  auto index = find(block, parameter);
  if (!index)
    return std::move(index.error());
  const auto& param = type().parameters[*index];
  std::vector<std::byte> bytes(param.type.size());
  auto result = encode_value(param, value, bytes);
  if (!result)
    return result;
  if (auto failed = publish(block, *index, bytes))
    return fault(ec::overloaded, parameter, describe(failed));
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
  std::vector<uint64_t> times;
  for (size_t i = 0; i < layout_.parameters.size(); ++i)
    times.push_back(requested_at(i).load(std::memory_order_acquire));
  auto values = snapshot(buffer_block::write);
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
    if (enabled && robot.follows(times[i])) {
      value = values->value(i);
    } else if (param.safe) {
      encode_safe(param, safe);
      value = decode_value(param.type, safe);
    }
  }
  return result;
}

std::optional<size_t> shared_buffer::offset_of(buffer_block block,
                                               size_t index) const noexcept {
  const auto& where = place(block, index);
  if (where.in_slot == 0 || where.first_copy != 0)
    return std::nullopt;
  return where.in_slot - first_value;
}

caf::expected<buffer_transaction> shared_buffer::begin() {
  if (auto failed = lock_.acquire())
    return lock_failed(failed);
  return buffer_transaction{*this};
}

caf::error shared_buffer::lock_failed(int cause) const {
  if (cause == EBUSY)
    return caf::make_error(ec::overloaded,
                           "cannot write to " + to_string(name())
                             + ": another writer does not come to its end");
  return system_error("cannot lock " + to_string(name()), cause);
}

caf::expected<std::vector<pending_write>>
shared_buffer::pending_writes() const {
  auto values = snapshot(buffer_block::write, {});
  if (!values)
    return std::move(values.error());
  std::vector<pending_write> result;
  for (size_t i = 0; i < layout_.parameters.size(); ++i) {
    auto done = shared<uint64_t>(base_ + layout_.header.acknowledged + 8 * i)
                  .load(std::memory_order_acquire);
    if (values->stamp(i) > done)
      result.push_back({i, values->stamp(i)});
  }
  return result;
}

void shared_buffer::acknowledge(const pending_write& request) noexcept {
  auto done
    = shared<uint64_t>(base_ + layout_.header.acknowledged + 8 * request.index);
  auto last = done.load(std::memory_order_relaxed);
  while (last < request.stamp
         && !done.compare_exchange_weak(last, request.stamp,
                                        std::memory_order_release)) {
  }
}

caf::error shared_buffer::request_read(std::string_view parameter) {
  auto index = find(buffer_block::update, parameter);
  if (!index)
    return std::move(index.error());
  shared<uint64_t>(bit_word(layout_.header.pending_reads, *index))
    .fetch_or(uint64_t{1} << *index % 64, std::memory_order_acq_rel);
  return {};
}

std::vector<size_t> shared_buffer::take_pending_reads() noexcept {
  std::vector<size_t> result;
  for (size_t i = 0; i < layout_.parameters.size(); i += 64) {
    auto bits = shared<uint64_t>(bit_word(layout_.header.pending_reads, i))
                  .exchange(0, std::memory_order_acq_rel);
    for (size_t bit = 0; bit < 64; ++bit)
      if (bits >> bit & 1 && i + bit < layout_.parameters.size())
        result.push_back(i + bit);
  }
  return result;
}

bool shared_buffer::subscribed(size_t index) const noexcept {
  auto bits = shared<uint64_t>(bit_word(layout_.header.subscribed, index))
                .load(std::memory_order_acquire);
  return (bits >> index % 64 & 1) != 0;
}

void shared_buffer::subscribe(size_t index, bool on) noexcept {
  auto word = shared<uint64_t>(bit_word(layout_.header.subscribed, index));
  auto bit = uint64_t{1} << index % 64;
  if (on)
    word.fetch_or(bit, std::memory_order_acq_rel);
  else
    word.fetch_and(~bit, std::memory_order_acq_rel);
}

void shared_buffer::set_flag(uint32_t bit, bool on) noexcept {
  if (on)
    flags().fetch_or(bit, std::memory_order_acq_rel);
  else
    flags().fetch_and(~bit, std::memory_order_acq_rel);
}

uint64_t shared_buffer::stamp_offset(buffer_block block,
                                     size_t index) const noexcept {
  return record(block).stamps + 8 * index;
}

std::byte* shared_buffer::bit_word(uint64_t bitmap,
                                   size_t index) const noexcept {
  return base_ + bitmap + index / 64 * 8;
}

caf::error shared_buffer::check_access(buffer_block block, size_t index) const {
  const auto& param = type().parameters[index];
  if (place(block, index).in_slot == 0)
    return fault(ec::access_refused, param.name,
                 block == buffer_block::update ? "not readable"
                                               : "not writeable");
  if (!valid())
    return fault(ec::invalid_buffer, param.name,
                 to_string(name()) + " is invalid");
  return {};
}

caf::error shared_buffer::overtaken(std::string_view parameter) const {
  return fault(ec::overloaded, parameter, "written faster than it can be read");
}

bool shared_buffer::load(buffer_block block, size_t index,
                         std::span<std::byte> out,
                         uint64_t* stamp) const noexcept {
  const auto& where = place(block, index);
  auto large = where.first_copy != 0;
  for (int i = 0; i < max_copy_attempts; ++i) {
    uint64_t copy = 0;
    auto whole = blocks_[to_index(block)].read([&](std::byte* slot, uint64_t) {
      if (large)
        load_shared(&copy, slot + where.in_slot, 8);
      else
        load_shared(out.data(), slot + where.in_slot, out.size());
      if (stamp)
        load_shared(stamp, slot + stamp_offset(block, index), 8);
    });
    if (!whole || !large || load_copy(where, copy, out))
      return whole;
  }
  return false;
}

bool shared_buffer::load_copy(const layout::place_record& where, uint64_t copy,
                              std::span<std::byte> out) const noexcept {
  load_shared(out.data(),
              base_ + where.first_copy
                + copy % layout::copies * where.copy_size,
              out.size());
  fence_loads();
  auto last
    = shared<uint64_t>(base_ + where.begun).load(std::memory_order_relaxed);
  return last - copy < layout::copies;
}

caf::error shared_buffer::safe_or(ec code, size_t index,
                                  std::span<std::byte> out,
                                  const robot_state& robot) const {
  const auto& param = type().parameters[index];
  if (param.safe) {
    encode_safe(param, out);
    return {};
  }
  if (code == ec::robot_disabled)
    return fault(code, param.name,
                 "the robot is disabled: " + robot.read().reason);
  return fault(code, param.name,
               "nobody has requested a value since the robot was enabled");
}

} // namespace rr
