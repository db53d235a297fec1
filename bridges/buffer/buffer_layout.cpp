// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_layout.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstring>

#include "messages/device/value_limits.hpp"
#include "messages/error.hpp"
#include "messages/name.hpp"

namespace rr {

namespace {

using namespace layout;

constexpr uint64_t lock_space = 64;

static_assert(sizeof(pthread_mutex_t) <= lock_space);
static_assert(sizeof(header::prefix) == max_name_size);

uint64_t round_up(uint64_t x, uint64_t step) noexcept {
  return (x + step - 1) / step * step;
}

/// Hands out places one after the other.
class allocator {
public:
  explicit allocator(uint64_t first) : at_(first) {
  }

  uint64_t take(uint64_t size, uint64_t alignment) noexcept {
    at_ = round_up(at_, alignment);
    return std::exchange(at_, at_ + size);
  }

  uint64_t end() const noexcept {
    return at_;
  }

private:
  uint64_t at_;
};

uint64_t safe_size(const parameter& x) {
  if (!x.safe)
    return 0;
  return safe_is_scalar(x) ? size_of(x.type.scalar) : x.type.size();
}

void copy_name(const std::string& from, char* to, uint8_t& size) {
  // NOLINTNEXTLINE(bugprone-not-null-terminated-result): its size is told.
  std::memcpy(to, from.data(), from.size());
  size = static_cast<uint8_t>(from.size());
}

parameter_record describe_parameter(const parameter& x) {
  parameter_record result{};
  copy_name(x.name, result.name, result.name_size);
  result.id = x.id;
  result.scalar = static_cast<uint8_t>(x.type.scalar);
  result.dimension_count = static_cast<uint8_t>(x.type.dimensions.size());
  std::copy(x.type.dimensions.begin(), x.type.dimensions.end(),
            result.dimensions);
  result.size = x.type.size();
  result.expires = x.expires.value_or(std::chrono::nanoseconds{0}).count();
  auto flag = [&](bool on, parameter_flag bit) {
    if (on)
      result.flags = static_cast<uint8_t>(result.flags | bit);
  };
  flag(x.readable, readable);
  flag(x.writeable, writeable);
  flag(x.subscribed, subscribed);
  flag(x.lower.has_value(), has_lower);
  flag(x.upper.has_value(), has_upper);
  flag(x.safe.has_value(), has_safe);
  const value_limits limits{x};
  result.lower = x.lower ? limits.lower() : 0;
  result.upper = x.upper ? limits.upper() : 0;
  return result;
}

/// A value in the slots, or the number of its copy.
void place_in_slot(const parameter_record& x, place_record& place,
                   allocator& slot) {
  auto large = x.size > max_in_slot;
  auto scalar = x.dimension_count == 0;
  // An array is copied by whole words.
  place.in_slot = large    ? slot.take(8, 8)
                  : scalar ? slot.take(x.size, x.size)
                           : slot.take(round_up(x.size, 8), 8);
}

block_record place_block(std::vector<parameter_record>& all,
                         place_record parameter_record::*place, uint8_t flag,
                         allocator& object) {
  block_record result{};
  allocator slot{first_value};
  for (auto& each : all)
    if (each.flags & flag)
      place_in_slot(each, each.*place, slot);
  result.values_size = round_up(slot.end() - first_value, piece);
  result.stamps = first_value + result.values_size;
  result.slot_size = round_up(result.stamps + 8 * all.size(), line);
  result.first_slot = object.take(result.slot_size * slots, line);
  return result;
}

void place_copies(std::vector<parameter_record>& all,
                  place_record parameter_record::*place, allocator& object) {
  for (auto& each : all) {
    auto& where = each.*place;
    if (where.in_slot == 0 || each.size <= max_in_slot)
      continue;
    where.begun = object.take(8, line);
    where.copy_size = round_up(each.size, line);
    where.first_copy = object.take(where.copy_size * copies, page);
  }
}

header describe_type(const device_type& type, const buffer_name& name,
                     uint64_t type_fingerprint) {
  header result{};
  result.magic = magic;
  result.version = version;
  result.header_size = sizeof(header);
  result.fingerprint = type_fingerprint;
  copy_name(name.prefix, result.prefix, result.prefix_size);
  copy_name(type.name, result.type, result.type_size);
  result.has_device_id = type.device_id.has_value();
  result.device_id = type.device_id.value_or(0);
  result.uid_upper = name.key.uid.upper();
  result.uid_lower = name.key.uid.random;
  result.sub_interval = type.sub_interval.count();
  result.write_interval = type.write_interval.count();
  result.heartbeat_interval = type.heartbeat_interval.count();
  result.parameter_count = static_cast<uint32_t>(type.parameters.size());
  result.parameter_size = sizeof(parameter_record);
  result.parameters = sizeof(header);
  result.lock_size = sizeof(pthread_mutex_t);
  return result;
}

void place_control(header& x, allocator& object) {
  auto words = (uint64_t{x.parameter_count} + 63) / 64;
  x.update.counters = object.take(line, line);
  // Beside the counters of the update block: one line less to read.
  x.flags = x.update.counters + sizeof(counters);
  x.driver = x.flags + 8;
  x.write.counters = object.take(line, line);
  // A writer who has changed those looks here.
  x.wake = x.write.counters + sizeof(counters);
  x.lock = object.take(lock_space, line);
  x.pending_reads = object.take(8 * words, line);
  x.subscribed = object.take(8 * words, 8);
  x.acknowledged = object.take(8 * uint64_t{x.parameter_count}, 8);
  x.requests
    = object.take(requests * sizeof(request_record) * x.parameter_count, line);
}

/// A step changes whenever its word does: no damage to one word goes unseen.
uint64_t checksum_of(std::span<const std::byte> bytes) noexcept {
  uint64_t result = 0xcbf29ce484222325u;
  for (size_t i = 0; i < bytes.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, &bytes[i], sizeof(word));
    result = (result ^ word) * 0x100000001b3u;
  }
  return result;
}

} // namespace

std::string to_string(const buffer_name& name) {
  return name.prefix + "-" + name.key.type + "-" + to_string(name.key.uid);
}

caf::error check_name(const buffer_name& name, const device_type& type) {
  auto wrong = [&](const std::string& why) {
    return caf::make_error(ec::unknown_device, to_string(name) + ": " + why);
  };
  if (!is_name(name.prefix))
    return wrong("the prefix must be 1 to 32 of a-z, 0-9 and -");
  if (name.key.type != type.name || !is_catalog_name(type.name))
    return wrong("the type must be a catalog's");
  if (!type.fits(name.key.uid))
    return wrong("the UID is not of this type");
  return {};
}

buffer_layout make_buffer_layout(buffer_name name, device_type type,
                                 uint64_t type_fingerprint) {
  buffer_layout result;
  result.header = describe_type(type, name, type_fingerprint);
  for (const auto& each : type.parameters)
    result.parameters.push_back(describe_parameter(each));
  allocator object{sizeof(header)
                   + sizeof(parameter_record) * type.parameters.size()};
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    auto& record = result.parameters[i];
    record.safe_size = safe_size(type.parameters[i]);
    if (record.safe_size > 0)
      record.safe = object.take(record.safe_size, 8);
  }
  result.description_size = round_up(object.end(), 8);
  auto& header = result.header;
  auto& all = result.parameters;
  place_control(header, object);
  auto control = std::pair{header.update.counters, header.write.counters};
  header.update = place_block(all, &parameter_record::update, readable, object);
  header.write = place_block(all, &parameter_record::write, writeable, object);
  std::tie(header.update.counters, header.write.counters) = control;
  place_copies(all, &parameter_record::update, object);
  place_copies(all, &parameter_record::write, object);
  header.size = round_up(object.end(), page);
  result.type = std::move(type);
  result.name = std::move(name);
  return result;
}

void write_description(const buffer_layout& x, std::span<std::byte> out) {
  std::memcpy(out.data(), &x.header, sizeof(x.header));
  for (size_t i = 0; i < x.parameters.size(); ++i) {
    const auto& record = x.parameters[i];
    std::memcpy(&out[sizeof(x.header) + i * sizeof(record)], &record,
                sizeof(record));
    if (record.safe_size == 0)
      continue;
    auto param = x.type.parameters[i];
    if (record.safe_size != record.size)
      param.type = param.type.element();
    encode_safe(param, out.subspan(record.safe, record.safe_size));
  }
  auto checksum = checksum_of(out.first(x.description_size));
  std::memcpy(&out[offsetof(layout::header, checksum)], &checksum,
              sizeof(checksum));
}

} // namespace rr
