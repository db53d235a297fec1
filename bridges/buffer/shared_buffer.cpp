// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/shared_buffer.hpp"

#include <algorithm>
#include <cerrno>

#include "bridges/buffer/buffer_transaction.hpp"
#include "bridges/buffer/scratch_value.hpp"
#include "bridges/system/recent_time.hpp"

namespace rr {

caf::error shared_buffer::fault(ec code, std::string_view parameter,
                                const std::string& why) {
  return caf::make_error(code, std::string{parameter} + ": " + why);
}

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
  return store_value(buffer_block::update, parameter, value, {});
}

caf::expected<value_fit> shared_buffer::write(std::string_view parameter,
                                              const device_value& value) {
  return store_value(buffer_block::write, parameter, value, {});
}

caf::expected<value_fit>
shared_buffer::hold(std::string_view parameter, const device_value& value,
                    std::chrono::nanoseconds duration) {
  auto end = duration.count() > 0
               ? recent_time() + static_cast<uint64_t>(duration.count())
               : 0;
  return store_value(buffer_block::write, parameter, value,
                     request_end{requesters::nobody, end});
}

caf::error shared_buffer::get_bytes(size_t index,
                                    std::span<std::byte> out) const {
  if (auto failed = check_access(buffer_block::update, index))
    return failed;
  if (!load(buffer_block::update, index, out, nullptr))
    return overtaken(type().parameters[index].name);
  return {};
}

// All that it calls is made one with it, but for what is rare: most of the time
// of a write would go between calls.
[[gnu::flatten]] caf::expected<value_fit>
shared_buffer::store_bytes(buffer_block block, size_t index,
                           std::span<const std::byte> value) {
  const auto& param = entry(block, index);
  auto owner = param.requests ? known_requester() : requesters::nobody;
  if (param.place.in_slot != 0 && value.size() == param.size
      && param.limits.hold(value) && valid() && owner != 0) [[likely]] {
    if (auto failed = write_one(block, param, value, {owner, 0})) [[unlikely]]
      return lock_failed(failed);
    return value_fit::exact;
  }
  return store_clamped(block, index, value);
}

/// The same for any value.
[[gnu::noinline]] caf::expected<value_fit>
shared_buffer::store_clamped(buffer_block block, size_t index,
                             std::span<const std::byte> value) {
  if (auto failed = check_access(block, index))
    return failed;
  // Before the lock is taken: clamping a large value takes long.
  scratch_value copy{value};
  auto fit = check_bytes(block, index, copy.bytes());
  if (!fit)
    return fit;
  auto owner = owner_in(block);
  if (!owner)
    return std::move(owner.error());
  if (auto failed = write_one(block, entry(block, index), copy.bytes(),
                              {*owner, 0}))
    return lock_failed(failed);
  return fit;
}

caf::expected<value_fit>
shared_buffer::check_bytes(buffer_block block, size_t index,
                           std::span<std::byte> value) const {
  const auto& param = entry(block, index);
  if (value.size() == param.size)
    if (auto fit = param.limits.apply(value))
      return *fit;
  // Says what is wrong.
  return check_value(type().parameters[index], value);
}

/// Puts a value that has been checked into a version that has been begun.
void shared_buffer::stage(buffer_block block, const parameter_entry& param,
                          const versioned_block::draft& next,
                          std::span<const std::byte> value) noexcept {
  if (param.place.first_copy == 0) [[likely]]
    store_shared(next.slot + param.place.in_slot, value.data(), value.size());
  else
    stage_copy(block, param, next.slot, value);
  shared<uint64_t>(next.slot + param.stamp)
    .store(next.version, std::memory_order_relaxed);
}

/// Into the copy after the published one: the oldest of them.
[[gnu::noinline]] void
shared_buffer::stage_copy(buffer_block block, const parameter_entry& param,
                          std::byte* slot,
                          std::span<const std::byte> value) noexcept {
  const auto& where = param.place;
  auto* current = blocks_[to_index(block)].current();
  auto copy
    = shared<uint64_t>(current + where.in_slot).load(std::memory_order_relaxed)
      + 1;
  shared<uint64_t>(base_ + where.begun).store(copy, std::memory_order_relaxed);
  fence_stores();
  store_shared(base_ + where.first_copy
                 + copy % layout::copies * where.copy_size,
               value.data(), value.size());
  shared<uint64_t>(slot + where.in_slot).store(copy, std::memory_order_relaxed);
}

/// A transaction of one value that has been checked.
int shared_buffer::write_one(buffer_block block, const parameter_entry& param,
                             std::span<const std::byte> value,
                             const request_end& end) noexcept {
  if (auto failed = lock_.acquire()) [[unlikely]]
    return failed;
  auto next = blocks_[to_index(block)].begin();
  stage(block, param, next, value);
  auto now = recent_time();
  // Before it is published: what it tells is of the value or of none.
  if (param.requests)
    describe_request(param, end, next.version, now);
  publish(block, next, now);
  lock_.release();
  return 0;
}

/// Says who requests the value that is published next. A process that is killed
/// between the two leaves the record of the value that is there as it was.
void shared_buffer::describe_request(const parameter_entry& param,
                                     const request_end& end, uint64_t version,
                                     uint64_t now) noexcept {
  using layout::request_record;
  auto word = [](std::byte* record, size_t offset) {
    return shared<uint64_t>(record + offset);
  };
  auto* record = param.requests;
  auto* current = blocks_[to_index(buffer_block::write)].current();
  auto stamp
    = shared<uint64_t>(current + param.stamp).load(std::memory_order_relaxed);
  if (word(record, 0).load(std::memory_order_relaxed) == stamp)
    record += sizeof(request_record);
  word(record, offsetof(request_record, stamp))
    .store(0, std::memory_order_relaxed);
  fence_stores();
  word(record, offsetof(request_record, time))
    .store(now, std::memory_order_relaxed);
  word(record, offsetof(request_record, owner))
    .store(end.owner, std::memory_order_relaxed);
  word(record, offsetof(request_record, until))
    .store(end.until, std::memory_order_relaxed);
  word(record, offsetof(request_record, stamp))
    .store(version, std::memory_order_release);
}

/// Shows readers a version that has been begun.
void shared_buffer::publish(buffer_block block,
                            const versioned_block::draft& next,
                            uint64_t now) noexcept {
  shared<uint64_t>(next.slot).store(now, std::memory_order_relaxed);
  blocks_[to_index(block)].publish(next);
}

/// @param end none for that of this process.
caf::expected<value_fit>
shared_buffer::store_value(buffer_block block, std::string_view parameter,
                           const device_value& value,
                           std::optional<request_end> end) {
  // Before the lock is taken: a value may take long to read.
  auto index = find(block, parameter);
  if (!index)
    return std::move(index.error());
  const auto& param = type().parameters[*index];
  std::vector<std::byte> bytes(param.type.size());
  auto result = encode_value(param, value, bytes);
  if (!result)
    return result;
  if (!end) {
    auto owner = owner_in(block);
    if (!owner)
      return fault(static_cast<ec>(owner.error().code()), parameter,
                   describe(owner.error()));
    end = request_end{*owner, 0};
  }
  if (auto failed = write_one(block, entry(block, *index), bytes, *end))
    return fault(ec::overloaded, parameter, describe(lock_failed(failed)));
  return result;
}

/// Whoever writes to a block; current values are nobody's.
caf::expected<uint64_t> shared_buffer::owner_in(buffer_block block) {
  if (block == buffer_block::write)
    return requester();
  return requesters::nobody;
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

[[gnu::noinline]] caf::error shared_buffer::lock_failed(int cause) const {
  if (cause == EBUSY)
    return caf::make_error(ec::overloaded,
                           "cannot write to " + to_string(name())
                             + ": another writer does not come to its end");
  return system_error("cannot lock " + to_string(name()), cause);
}

/// Whether the block has the parameter.
caf::error shared_buffer::check_block(buffer_block block, size_t index) const {
  if (place(block, index).in_slot != 0)
    return {};
  return fault(ec::access_refused, type().parameters[index].name,
               block == buffer_block::update ? "not readable"
                                             : "not writeable");
}

caf::error shared_buffer::check_access(buffer_block block, size_t index) const {
  if (auto failed = check_block(block, index))
    return failed;
  return valid() ? caf::error{} : invalid(index);
}

caf::error shared_buffer::invalid(size_t index) const {
  return fault(ec::invalid_buffer, type().parameters[index].name,
               to_string(name()) + " is invalid");
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
        load_shared(stamp, slot + entry(block, index).stamp, 8);
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

} // namespace rr
