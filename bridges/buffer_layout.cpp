// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer_layout.hpp"

#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "messages/error.hpp"

namespace rr {

namespace {

using namespace layout;

/// Of a slot: its time.
constexpr uint64_t first_value = 8;

constexpr uint64_t lock_space = 64;

static_assert(sizeof(pthread_mutex_t) <= lock_space);

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

/// A parameter of one scalar, without limits: what limits are written as.
parameter bare_scalar(const parameter& x) {
  parameter result;
  result.name = x.name;
  result.type.scalar = x.type.scalar;
  return result;
}

uint64_t scalar_bits(const parameter& x, const device_value& value) {
  uint64_t result = 0;
  auto bare = bare_scalar(x);
  encode_value(
    bare, value,
    std::as_writable_bytes(std::span{&result, 1}).first(bare.type.size()));
  return result;
}

bool safe_is_scalar(const parameter& x) {
  return x.type.is_array() && !x.safe->is_array() && !x.safe->is_binary()
         && !x.safe->is_string();
}

uint64_t safe_size(const parameter& x) {
  if (!x.safe)
    return 0;
  return safe_is_scalar(x) ? size_of(x.type.scalar) : x.type.size();
}

void copy_name(const std::string& from, char* to, uint8_t& size) {
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
  if (x.lower)
    result.lower = scalar_bits(x, *x.lower);
  if (x.upper)
    result.upper = scalar_bits(x, *x.upper);
  return result;
}

/// A value in the slots, or the number of its copy.
void place_in_slot(const parameter_record& x, place_record& place,
                   allocator& slot) {
  auto large = x.size > max_in_slot;
  auto scalar = x.dimension_count == 0;
  // Of an array whole words are copied.
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
  result.stamps = round_up(slot.end(), 8);
  result.values_size = result.stamps - first_value;
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
  x.write.counters = object.take(line, line);
  x.lock = object.take(lock_space, line);
  x.pending_reads = object.take(8 * words, line);
  x.subscribed = object.take(8 * words, 8);
  x.acknowledged = object.take(8 * uint64_t{x.parameter_count}, 8);
  x.requested_at = object.take(8 * uint64_t{x.parameter_count}, line);
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

caf::error damaged(const std::string& what, const std::string& why) {
  return caf::make_error(ec::incompatible_buffer,
                         "cannot open " + what + ": " + why);
}

/// Reads the table and trusts nothing in it.
class description_reader {
public:
  description_reader(std::span<const std::byte> bytes, std::string what)
    : bytes_(bytes),
      what_(std::move(what)) {
  }

  caf::expected<buffer_layout> run() {
    for (auto step :
         {&description_reader::read_header, &description_reader::read_names,
          &description_reader::read_parameters})
      if (auto failed = (this->*step)())
        return failed;
    auto result = make_buffer_layout(name_, std::move(type_),
                                     header_.fingerprint);
    if (auto failed = check_name(name_, result.type))
      return damaged(what_, describe(failed));
    if (!fits(result))
      return damaged(what_, "its description is damaged");
    return result;
  }

private:
  caf::error read_header() {
    if (bytes_.size() < sizeof(header_))
      return damaged(what_, "it is cut short");
    std::memcpy(&header_, bytes_.data(), sizeof(header_));
    if (header_.magic != magic)
      return damaged(what_, "it is no buffer");
    if (header_.version != version)
      return damaged(
        what_, "its layout has version " + std::to_string(header_.version)
                 + ", this program knows version " + std::to_string(version));
    if (header_.header_size != sizeof(header)
        || header_.parameter_size != sizeof(parameter_record)
        || header_.lock_size != sizeof(pthread_mutex_t)
        || header_.parameters != sizeof(header)
        || header_.parameter_count > device_type::max_parameters)
      return damaged(what_, "its header is damaged");
    if (header_.size > bytes_.size()
        || bytes_.size()
             < sizeof(header)
                 + sizeof(parameter_record) * header_.parameter_count)
      return damaged(what_, "it is cut short");
    return {};
  }

  caf::error read_names() {
    if (header_.prefix_size > sizeof(header_.prefix)
        || header_.type_size > sizeof(header_.type))
      return damaged(what_, "its names are damaged");
    name_.prefix.assign(header_.prefix, header_.prefix_size);
    type_.name.assign(header_.type, header_.type_size);
    if (header_.has_device_id != 0)
      type_.device_id = static_cast<uint16_t>(header_.device_id);
    type_.sub_interval = std::chrono::nanoseconds{header_.sub_interval};
    type_.write_interval = std::chrono::nanoseconds{header_.write_interval};
    type_.heartbeat_interval
      = std::chrono::nanoseconds{header_.heartbeat_interval};
    name_.key.type = type_.name;
    name_.key.uid = {static_cast<uint16_t>(header_.uid_upper >> 8),
                     static_cast<uint8_t>(header_.uid_upper),
                     header_.uid_lower};
    return {};
  }

  caf::error read_parameters() {
    for (size_t i = 0; i < header_.parameter_count; ++i) {
      parameter_record record;
      std::memcpy(&record, &bytes_[sizeof(header) + i * sizeof(record)],
                  sizeof(record));
      parameter next;
      if (!read_type(record, next) || !read_limits(record, next)
          || !read_safe(record, next)
          || (i > 0 && next.id <= type_.parameters.back().id))
        return damaged(what_,
                       "its parameter " + std::to_string(i) + " is damaged");
      type_.parameters.push_back(std::move(next));
    }
    return {};
  }

  static bool read_type(const parameter_record& record, parameter& out) {
    if (record.name_size > sizeof(record.name)
        || record.dimension_count > value_type::max_dimensions
        || record.scalar > static_cast<uint8_t>(scalar_type::character))
      return false;
    out.id = record.id;
    out.name.assign(record.name, record.name_size);
    out.type.scalar = static_cast<scalar_type>(record.scalar);
    out.readable = (record.flags & readable) != 0;
    out.writeable = (record.flags & writeable) != 0;
    out.subscribed = (record.flags & subscribed) != 0;
    for (size_t i = 0; i < record.dimension_count; ++i) {
      out.type.dimensions.push_back(record.dimensions[i]);
      // No product passes 2^64 unseen: a factor is below 2^32.
      if (auto size = out.type.size(); size == 0 || size > value_type::max_size)
        return false;
    }
    return is_catalog_name(out.name);
  }

  static bool read_limits(const parameter_record& record, parameter& out) {
    auto limit = [&](uint8_t flag, const uint64_t& bits) {
      return record.flags & flag
               ? std::optional{decode_value(bare_scalar(out).type,
                                            std::as_bytes(std::span{&bits, 1}))}
               : std::nullopt;
    };
    out.lower = limit(has_lower, record.lower);
    out.upper = limit(has_upper, record.upper);
    for (const auto& each : {out.lower, out.upper})
      if (each && (!each->is_number() || std::isnan(each->get<double>())))
        return false;
    return !out.lower || !out.upper || *out.lower <= *out.upper;
  }

  bool read_safe(const parameter_record& record, parameter& out) const {
    if ((record.flags & has_safe) == 0)
      return true;
    auto scalar = record.safe_size != out.type.size();
    if (scalar && record.safe_size != size_of(out.type.scalar))
      return false;
    if (record.safe > bytes_.size()
        || record.safe_size > bytes_.size() - record.safe)
      return false;
    out.safe = decode_value(scalar ? bare_scalar(out).type : out.type,
                            bytes_.subspan(record.safe, record.safe_size));
    return true;
  }

  /// Whether the object has exactly these bytes.
  bool fits(const buffer_layout& wanted) const {
    if (wanted.header.size != bytes_.size())
      return false;
    std::vector<std::byte> description(wanted.description_size);
    write_description(wanted, description);
    return std::memcmp(description.data(), bytes_.data(), description.size())
           == 0;
  }

  std::span<const std::byte> bytes_;
  std::string what_;
  header header_{};
  device_type type_;
  buffer_name name_;
};

} // namespace

std::string to_string(const buffer_name& name) {
  return name.prefix + "-" + name.key.type + "-" + to_string(name.key.uid);
}

caf::error check_name(const buffer_name& name, const device_type& type) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  auto wrong = [&](const std::string& why) {
    return caf::make_error(ec::unknown_device, to_string(name) + ": " + why);
  };
  const auto& prefix = name.prefix;
  if (prefix.empty() || prefix.size() > sizeof(layout::header::prefix)
      || !std::all_of(prefix.begin(), prefix.end(), fits))
    return wrong("the prefix must be 1 to 32 of a-z, 0-9 and -");
  if (name.key.type != type.name || !is_catalog_name(type.name))
    return wrong("the type must be a catalog's");
  const auto& uid = name.key.uid;
  if (type.device_id ? uid.device_id != *type.device_id : uid.upper() != 0)
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
  result.fingerprint = type_fingerprint;
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
      param.type.dimensions.clear();
    encode_safe(param, out.subspan(record.safe, record.safe_size));
  }
  auto checksum = checksum_of(out.first(x.description_size));
  std::memcpy(&out[offsetof(layout::header, checksum)], &checksum,
              sizeof(checksum));
}

caf::expected<buffer_layout> read_description(std::span<const std::byte> bytes,
                                              const std::string& what) {
  return description_reader{bytes, what}.run();
}

} // namespace rr
