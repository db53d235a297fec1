// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <caf/expected.hpp>

#include "messages/device/catalog.hpp"
#include "messages/device/device_uid.hpp"

namespace rr {

/// A buffer has two blocks.
enum class buffer_block : uint8_t {
  /// Holds the current values of readable parameters, which the device sets.
  update,
  /// Holds the requested values of writeable parameters, which programs write.
  write,
};

/// The bytes of a buffer, as docs/buffers.md tells them to whoever reads one
/// without this library. All numbers are in the machine's own order, which must
/// be little-endian; all offsets count from the object's first byte.
namespace layout {

/// The bytes `rrbuffer`.
inline constexpr uint64_t magic = 0x7265666675627272;
inline constexpr uint32_t version = 6;
/// A block has so many slots.
inline constexpr uint64_t slots = 8;
/// A value that is too large for the slots has so many copies.
inline constexpr uint64_t copies = 3;
/// A value of more bytes has copies of its own.
inline constexpr uint64_t max_in_slot = 256;
/// The values of a slot begin after its time.
inline constexpr uint64_t first_value = 8;
/// The values of a slot fill whole pieces of so many bytes.
inline constexpr uint64_t piece = 32;
/// What different threads write begins at multiples of it.
inline constexpr uint64_t line = 64;
inline constexpr uint64_t page = 4096;

/// Says where a block lies. All but the sizes are offsets.
struct block_record {
  uint64_t counters;
  uint64_t first_slot;
  uint64_t slot_size;
  /// How many bytes of a slot are values: a multiple of `piece`.
  uint64_t values_size;
  /// Where the stamps begin in a slot, one of 64 bits for each parameter.
  uint64_t stamps;
};

/// The numbers of a block that change with every write.
struct counters {
  /// The last whole version, which lies in slot `published % slots`.
  uint64_t published;
  /// The version that is being written, or the last that was.
  uint64_t begun;
};

/// The numbers by which those who wait for a request are woken; see
/// `request_signal`.
struct wake_record {
  /// How often they have been; its lower half is a futex.
  uint64_t wakes;
  /// What `wakes` was when somebody last began to wait, and one more; 0 when
  /// nobody waits.
  uint64_t awaited;
};

/// What is known of a parameter's request besides its value. There are two for
/// each parameter: a writer fills the one that is not of the published value,
/// and a reader takes the one that bears the stamp of the value it has read.
struct request_record {
  /// The stamp of the value; 0 while the rest changes.
  uint64_t stamp;
  /// When it was published: CLOCK_MONOTONIC_COARSE in nanoseconds.
  uint64_t time;
  /// The process whose end ends it, as `requesters` has it.
  uint64_t owner;
  /// When it ends by itself, by the clock of `time`; 0 for never.
  uint64_t until;
};

/// Every parameter has so many records.
inline constexpr uint64_t requests = 2;

/// A bit of the word that says who drives a device: that process removes the
/// buffer, or has. It is never taken away.
inline constexpr uint64_t removed = uint64_t{1} << 31;

/// Says where the values of a parameter lie in one block.
struct place_record {
  /// Where the value is in every slot, or the 64-bit number of its copy; 0
  /// where the block does not have the parameter.
  uint64_t in_slot;
  /// Where the first copy is; 0 for a value that lies in the slots.
  uint64_t first_copy;
  /// How many bytes lie between the beginnings of two copies.
  uint64_t copy_size;
  /// Where the 64-bit number of the copy is that is being written.
  uint64_t begun;
};

enum parameter_flag : uint8_t {
  readable = 1,
  writeable = 2,
  subscribed = 4,
  has_lower = 8,
  has_upper = 16,
  has_safe = 32,
};

struct parameter_record {
  /// The name, filled with zeros.
  char name[catalog::max_name];
  uint16_t id;
  /// A number of `scalar_type`.
  uint8_t scalar;
  uint8_t dimension_count;
  /// Numbers of `parameter_flag`, added up.
  uint8_t flags;
  uint8_t name_size;
  uint16_t reserved;
  /// The outermost comes first; zeros fill the rest.
  uint32_t dimensions[value_type::max_dimensions];
  /// How many bytes a value has.
  uint64_t size;
  /// The bytes of one scalar, filled with zeros.
  uint64_t lower;
  uint64_t upper;
  /// Where the safe value is, and how many bytes it has: those of one scalar
  /// where every element takes the same. Both are 0 without one.
  uint64_t safe;
  uint64_t safe_size;
  place_record update;
  place_record write;
  /// A request that is not renewed for so many nanoseconds has ended; 0 for
  /// never.
  int64_t expires;
};

struct header {
  uint64_t magic;
  uint32_t version;
  uint32_t header_size;
  /// How many bytes the whole object has.
  uint64_t size;
  /// The `fingerprint` of the device type.
  uint64_t fingerprint;
  /// Zeros fill it, and `type`.
  char prefix[32];
  char type[catalog::max_name];
  uint8_t prefix_size;
  uint8_t type_size;
  uint8_t has_device_id;
  uint8_t reserved;
  uint32_t device_id;
  /// The upper 24 bits of the device's UID or number; `uid_lower` has the rest.
  uint32_t uid_upper;
  uint32_t parameter_count;
  uint64_t uid_lower;
  /// The intervals are in nanoseconds.
  int64_t sub_interval;
  int64_t write_interval;
  int64_t heartbeat_interval;
  // From here on numbers are offsets, but for the sizes and the checksum.

  /// Where the `parameter_record`s begin.
  uint64_t parameters;
  uint32_t parameter_size;
  uint32_t lock_size;
  /// Where a 32-bit word is: 1 valid, 2 connected.
  uint64_t flags;
  /// Where the writers' lock is, a robust `pthread_mutex_t`.
  uint64_t lock;
  /// Where bitmaps are in words of 64 bits, one bit a parameter in the order of
  /// their ids.
  uint64_t pending_reads;
  uint64_t subscribed;
  /// Where each parameter has 64 bits for the stamp of its last request that
  /// has reached the device.
  uint64_t acknowledged;
  block_record update;
  block_record write;
  /// Where each parameter has its `request_record`s.
  uint64_t requests;
  /// Where the `wake_record` is.
  uint64_t wake;
  /// Where 64 bits are that say who drives the device: a process as
  /// `requesters` has it, with `removed` where it removes the buffer; 0 for
  /// nobody.
  uint64_t driver;
  /// It covers the description, from the first byte of this header to the last
  /// of the safe values, with zeros in place of the checksum: FNV-1a of 64
  /// bits, over words of 64 bits in place of bytes.
  uint64_t checksum;
};

static_assert(sizeof(parameter_record) == 216);
static_assert(sizeof(header) == 344);
// The two of a parameter share one line.
static_assert(requests * sizeof(request_record) == line);
static_assert(std::is_trivially_copyable_v<parameter_record>);
static_assert(std::is_trivially_copyable_v<header>);

} // namespace layout

/// Names a buffer: the shared-memory object is `<prefix>-<type>-<uid>`.
struct buffer_name {
  /// `[a-z0-9-]`, 1 to 32.
  std::string prefix;
  device_key key;
  friend auto operator<=>(const buffer_name&, const buffer_name&) = default;
};

/// The object's name, such as `rr-motor-9444732965739290427392`, or
/// `rr-gamepad-0` for a device of a type without UIDs, which has a number
/// instead.
/// @relates buffer_name
std::string to_string(const buffer_name& name);

/// Checks its form, and the UID against the type.
/// @relates buffer_name
caf::error check_name(const buffer_name& name, const device_type& type);

/// Where everything lies in the buffer of a device: what a reader computes for
/// itself, so that no offset is ever taken from shared memory.
struct buffer_layout {
  device_type type;
  buffer_name name;
  layout::header header{};
  std::vector<layout::parameter_record> parameters;
  /// How many bytes lie before the control block and never change.
  uint64_t description_size = 0;

  const layout::block_record& block(buffer_block which) const noexcept {
    return which == buffer_block::update ? header.update : header.write;
  }
};

/// @pre `type` has been checked, as a catalog's types are.
buffer_layout make_buffer_layout(buffer_name name, device_type type,
                                 uint64_t type_fingerprint);

/// Writes the bytes that never change.
/// @param out of `description_size` bytes, zeroed.
void write_description(const buffer_layout& x, std::span<std::byte> out);

/// Reads what `write_description` wrote: every byte is checked, and what does
/// not fit the rest is refused. Reads inside of `bytes` only.
/// @param what names the object, for errors.
/// @returns `ec::incompatible_buffer` for what is no buffer, one of another
///          layout version, and one that is damaged or cut short.
caf::expected<buffer_layout> read_description(std::span<const std::byte> bytes,
                                              const std::string& what);

} // namespace rr
