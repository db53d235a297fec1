// SPDX-License-Identifier: BSD-3-Clause
// What is requested of a device, and what else it and its users tell each
// other.
#include "bridges/buffer_snapshot.hpp"
#include "bridges/shared_buffer.hpp"

namespace rr {

void shared_buffer::set_flag(uint32_t bit, bool on) noexcept {
  if (on)
    flags().fetch_or(bit, std::memory_order_acq_rel);
  else
    flags().fetch_and(~bit, std::memory_order_acq_rel);
}

caf::expected<device_value>
shared_buffer::requested(std::string_view parameter,
                         const robot_state& robot) const {
  auto index = find(parameter);
  if (!index)
    return std::move(index.error());
  std::vector<std::byte> bytes(layout_.parameters[*index].size);
  if (auto failed = requested_bytes(*index, bytes, robot))
    return failed;
  return decode_value(type().parameters[*index].type, bytes);
}

caf::error shared_buffer::requested_bytes(size_t index,
                                          std::span<std::byte> out,
                                          const robot_state& robot) const {
  if (auto failed = check_block(buffer_block::write, index))
    return failed;
  // First: the value is of that time or later.
  auto time = requested_at(index).load(std::memory_order_acquire);
  if (!load(buffer_block::write, index, out, nullptr))
    return overtaken(type().parameters[index].name);
  // Last of all: what is returned was requested while the robot was enabled.
  if (!robot.enabled())
    return safe_or(ec::robot_disabled, index, out, robot);
  if (!valid())
    return invalid(index);
  return robot.follows(time) ? caf::error{}
                             : safe_or(ec::no_value, index, out, robot);
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

std::byte* shared_buffer::bit_word(uint64_t bitmap,
                                   size_t index) const noexcept {
  return base_ + bitmap + index / 64 * 8;
}

} // namespace rr
