// SPDX-License-Identifier: BSD-3-Clause
// How the description in a buffer is read and checked.
#include <pthread.h>

#include <cmath>
#include <cstring>

#include "bridges/buffer/buffer_layout.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using namespace layout;

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
      return cannot_open(what_, describe(failed));
    if (!fits(result))
      return cannot_open(what_, "its description is damaged");
    return result;
  }

private:
  caf::error read_header() {
    if (bytes_.size() < sizeof(header_))
      return cannot_open(what_, "it is cut short");
    std::memcpy(&header_, bytes_.data(), sizeof(header_));
    if (header_.magic != magic)
      return cannot_open(what_, "it is no buffer");
    if (header_.version != version)
      return cannot_open(
        what_, "its layout has version " + std::to_string(header_.version)
                 + ", this program knows version " + std::to_string(version));
    if (header_.header_size != sizeof(header)
        || header_.parameter_size != sizeof(parameter_record)
        || header_.lock_size != sizeof(pthread_mutex_t)
        || header_.parameters != sizeof(header)
        || header_.parameter_count > device_type::max_parameters)
      return cannot_open(what_, "its header is damaged");
    if (header_.size > bytes_.size()
        || bytes_.size()
             < sizeof(header)
                 + sizeof(parameter_record) * header_.parameter_count)
      return cannot_open(what_, "it is cut short");
    return {};
  }

  caf::error read_names() {
    if (header_.prefix_size > sizeof(header_.prefix)
        || header_.type_size > sizeof(header_.type))
      return cannot_open(what_, "its names are damaged");
    name_.prefix.assign(header_.prefix, header_.prefix_size);
    type_.name.assign(header_.type, header_.type_size);
    if (header_.has_device_id != 0)
      type_.device_id = static_cast<uint16_t>(header_.device_id);
    type_.sub_interval = std::chrono::nanoseconds{header_.sub_interval};
    type_.write_interval = std::chrono::nanoseconds{header_.write_interval};
    type_.heartbeat_interval
      = std::chrono::nanoseconds{header_.heartbeat_interval};
    name_.key.type = type_.name;
    name_.key.uid = {.device_id = static_cast<uint16_t>(header_.uid_upper >> 8),
                     .year = static_cast<uint8_t>(header_.uid_upper),
                     .random = header_.uid_lower};
    return {};
  }

  caf::error read_parameters() {
    for (size_t i = 0; i < header_.parameter_count; ++i) {
      parameter_record record;
      std::memcpy(&record, &bytes_[sizeof(header) + i * sizeof(record)],
                  sizeof(record));
      parameter next;
      if (!read_type(record, next) || !read_limits(record, next)
          || !read_safe(record, next) || !read_expires(record, next)
          || (i > 0 && next.id <= type_.parameters.back().id))
        return cannot_open(what_, "its parameter " + std::to_string(i)
                                    + " is damaged");
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
               ? std::optional{decode_value(out.type.element(),
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

  /// They lie one after the other: else a small object, in which all are the
  /// same large one, would make as many large values of it.
  bool read_safe(const parameter_record& record, parameter& out) {
    if ((record.flags & has_safe) == 0)
      return true;
    auto scalar = record.safe_size != out.type.size();
    if (scalar && record.safe_size != size_of(out.type.scalar))
      return false;
    if (record.safe < safe_end_ || record.safe > bytes_.size()
        || record.safe_size > bytes_.size() - record.safe)
      return false;
    safe_end_ = record.safe + record.safe_size;
    out.safe = decode_value(scalar ? out.type.element() : out.type,
                            bytes_.subspan(record.safe, record.safe_size));
    return true;
  }

  static bool read_expires(const parameter_record& record, parameter& out) {
    if (record.expires > 0)
      out.expires = std::chrono::nanoseconds{record.expires};
    return record.expires >= 0;
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
  /// Where the safe values end that were read so far.
  uint64_t safe_end_ = 0;
};

} // namespace

caf::expected<buffer_layout> read_description(std::span<const std::byte> bytes,
                                              const std::string& what) {
  return description_reader{bytes, what}.run();
}

} // namespace rr
