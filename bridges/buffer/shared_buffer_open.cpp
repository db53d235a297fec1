// SPDX-License-Identifier: BSD-3-Clause
// How a buffer is made and opened.
#include "bridges/buffer/shared_buffer.hpp"

#include <thread>

namespace rr {

namespace {

void initialise(const buffer_layout& layout, std::span<std::byte> bytes) {
  write_description(layout, bytes);
  process_lock::initialise(&bytes[layout.header.lock]);
  shared<uint32_t>(&bytes[layout.header.flags]) = buffer_memory::valid_bit;
  for (size_t i = 0; i < layout.type.parameters.size(); ++i)
    if (layout.type.parameters[i].subscribed)
      set_bits(&bytes[layout.header.subscribed + i / 64 * 8],
               uint64_t{1} << i % 64, true);
}

/// Reads the layout of an object that is there.
/// @param wanted the fingerprint of its type; none for any.
caf::expected<buffer_layout> read_layout(const memory_segment& segment,
                                         const buffer_name& name,
                                         std::optional<uint64_t> wanted) {
  auto object = to_string(name);
  auto result = read_description(segment.bytes(), object);
  if (!result)
    return result;
  if (to_string(result->name) != object)
    return cannot_open(object, "it is the buffer of another device");
  if (wanted && result->header.fingerprint != *wanted)
    return cannot_open(object, "it was made with another catalog");
  if (!process_lock{&segment.bytes()[result->header.lock]}.is_sound())
    return cannot_open(object, "its lock is damaged");
  return result;
}

} // namespace

shared_buffer::shared_buffer(memory_segment segment, buffer_layout layout,
                             requesters::pointer table)
  : memory_(std::move(segment), std::move(layout), std::move(table)) {
}

caf::expected<shared_buffer::pointer>
shared_buffer::attach(const buffer_name& name, std::optional<uint64_t> wanted) {
  auto segment = memory_segment::open(to_string(name));
  if (!segment)
    return std::move(segment.error());
  auto layout = read_layout(*segment, name, wanted);
  if (!layout)
    return std::move(layout.error());
  auto result = pointer{
    new shared_buffer(std::move(*segment), std::move(*layout), nullptr)};
  if (!result->memory_.is_removed())
    return result;
  // It loses its name in this very moment, unless who was to take it has died.
  result->remove();
  std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return caf::make_error(ec::unknown_device,
                         "cannot open " + to_string(name) + ": it is removed");
}

caf::expected<shared_buffer::pointer>
shared_buffer::create(const buffer_name& name, const device_type& type) {
  if (auto failed = check_name(name, type))
    return failed;
  auto wanted = fingerprint(type);
  auto layout = make_buffer_layout(name, type, wanted);
  auto write = [&](std::span<std::byte> bytes) { initialise(layout, bytes); };
  for (int i = 0;; ++i) {
    auto result = open_or_create(to_string(name), layout.header.size, write,
                                 [&] { return attach(name, wanted); });
    if (!result)
      return result;
    (*result)->set_valid(true);
    // Or else it has been removed since it was opened, and there is another
    // one, or none.
    if ((*result)->valid() || i == 100)
      return result;
  }
}

caf::expected<shared_buffer::pointer>
shared_buffer::open(const buffer_name& name) {
  return attach(name, std::nullopt);
}

caf::expected<shared_buffer::pointer>
shared_buffer::open(const buffer_name& name, const device_type& type) {
  return attach(name, fingerprint(type));
}

caf::expected<shared_buffer::pointer>
shared_buffer::make_private(const buffer_name& name, const device_type& type) {
  if (auto failed = check_name(name, type))
    return failed;
  auto layout = make_buffer_layout(name, type, fingerprint(type));
  auto segment = memory_segment::make_private(layout.header.size);
  if (!segment)
    return std::move(segment.error());
  auto table = requesters::open_private();
  if (!table)
    return std::move(table.error());
  initialise(layout, segment->bytes());
  return pointer{new shared_buffer(std::move(*segment), std::move(layout),
                                   std::move(*table))};
}

} // namespace rr
