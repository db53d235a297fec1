// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/shared_buffer.hpp"

#include <algorithm>

#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/buffer_transaction.hpp"
#include "bridges/buffer/checked_value.hpp"
#include "bridges/system/recent_time.hpp"

namespace rr {

namespace {

/// @param read copies the bytes of a parameter.
template <class Read>
caf::expected<device_value>
read_value(const buffer_memory& memory, std::string_view parameter, Read read) {
  auto index = memory.find(parameter);
  if (!index)
    return std::move(index.error());
  const auto& type = memory.type().parameters[*index].type;
  std::vector<std::byte> bytes(type.size());
  if (auto failed = read(*index, std::span{bytes}))
    return failed;
  return decode_value(type, bytes);
}

/// A transaction of one value that has been checked.
int write_one(buffer_memory& memory, const value_block& block,
              const value_block::entry& param, std::span<const std::byte> value,
              const request_end& end) noexcept {
  if (auto failed = memory.lock().acquire()) [[unlikely]]
    return failed;
  auto next = block.begin();
  block.stage(param, next, value);
  auto now = recent_time();
  if (param.requests)
    block.describe_request(param, next, end, now);
  block.publish(next, now);
  memory.lock().release();
  if (param.requests)
    memory.signal().notify();
  return 0;
}

/// @param end of a request; none for that of this process.
caf::error write_checked(buffer_memory& memory, buffer_block block,
                         const checked_value& value,
                         std::optional<request_end> end) {
  const auto& values = memory.values_in(block);
  const auto& param = values[value.index];
  if (param.requests && !end) {
    auto owner = memory.requesters().self();
    if (!owner)
      return std::move(owner.error());
    end = request_end{*owner, 0};
  }
  if (auto failed = write_one(memory, values, param, value.span(),
                              end.value_or(request_end{})))
    return memory.lock_failed(failed);
  return {};
}

caf::expected<value_fit> write_value(buffer_memory& memory, buffer_block block,
                                     std::string_view parameter,
                                     const device_value& value,
                                     std::optional<request_end> end = {}) {
  auto checked = memory.check(block, parameter, value);
  if (!checked)
    return std::move(checked.error());
  if (auto failed = write_checked(memory, block, *checked, end))
    return parameter_error(static_cast<ec>(failed.code()), parameter,
                           describe(failed));
  return checked->fit;
}

/// Writes any bytes, or says what is wrong with them.
[[gnu::noinline]] caf::expected<value_fit>
write_bytes(buffer_memory& memory, buffer_block block, size_t index,
            std::span<const std::byte> value) {
  auto checked = memory.check(block, index, value);
  if (!checked)
    return std::move(checked.error());
  if (auto failed = write_checked(memory, block, *checked, {}))
    return failed;
  return checked->fit;
}

} // namespace

caf::expected<device_value>
shared_buffer::get(std::string_view parameter) const {
  return read_value(memory_, parameter, [this](auto index, auto out) {
    return get_bytes(index, out);
  });
}

caf::expected<device_value>
shared_buffer::requested(std::string_view parameter,
                         const robot_state& robot) const {
  return read_value(memory_, parameter, [&](auto index, auto out) {
    return requested_bytes(index, out, robot);
  });
}

caf::error shared_buffer::get_bytes(size_t index,
                                    std::span<std::byte> out) const {
  if (auto failed = memory_.check_access(buffer_block::update, index))
    return failed;
  const auto& values = memory_.values_in(buffer_block::update);
  if (!values.load(values[index], out, nullptr))
    return memory_.overtaken(type().parameters[index].name);
  return {};
}

std::optional<size_t> shared_buffer::offset_of(buffer_block block,
                                               size_t index) const noexcept {
  const auto& param = memory_.values_in(block)[index];
  if (!param.exists() || param.is_large())
    return std::nullopt;
  return param.place.in_slot - layout::first_value;
}

caf::expected<buffer_snapshot>
shared_buffer::snapshot(buffer_block block) const {
  const auto& values = memory_.values_in(block);
  std::vector<size_t> all;
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].exists())
      all.push_back(i);
  return snapshot(block, all);
}

caf::expected<buffer_snapshot>
shared_buffer::snapshot(buffer_block block,
                        std::span<const size_t> indices) const {
  buffer_snapshot result{type(), memory_.values_in(block)};
  if (!result.take(indices))
    return memory_.overtaken(to_string(name()));
  return result;
}

caf::expected<value_fit> shared_buffer::set(std::string_view parameter,
                                            const device_value& value) {
  return write_value(memory_, buffer_block::update, parameter, value);
}

caf::expected<value_fit> shared_buffer::write(std::string_view parameter,
                                              const device_value& value) {
  return write_value(memory_, buffer_block::write, parameter, value);
}

caf::expected<value_fit>
shared_buffer::hold(std::string_view parameter, const device_value& value,
                    std::chrono::nanoseconds duration) {
  auto until = duration.count() > 0
                 ? recent_time() + static_cast<uint64_t>(duration.count())
                 : 0;
  return write_value(memory_, buffer_block::write, parameter, value,
                     request_end{requesters::nobody, until});
}

// All that it calls is made one with it, but for what is rare: most of the time
// of a write would go between calls.
[[gnu::flatten]] caf::expected<value_fit>
shared_buffer::store_bytes(buffer_block block, size_t index,
                           std::span<const std::byte> value) {
  const auto& values = memory_.values_in(block);
  const auto& param = values[index];
  auto owner = param.requests ? memory_.requesters().known_self()
                              : requesters::nobody;
  if (param.exists() && value.size() == param.size && param.limits.hold(value)
      && valid() && owner != 0) [[likely]] {
    if (auto failed = write_one(memory_, values, param, value, {owner, 0}))
      [[unlikely]]
      return memory_.lock_failed(failed);
    return value_fit::exact;
  }
  return write_bytes(memory_, block, index, value);
}

caf::expected<buffer_transaction>
shared_buffer::begin(std::chrono::milliseconds patience) {
  if (auto failed = memory_.lock().acquire(patience))
    return memory_.lock_failed(failed);
  return buffer_transaction{memory_};
}

} // namespace rr
