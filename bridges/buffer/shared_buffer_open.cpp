// SPDX-License-Identifier: BSD-3-Clause
// How a buffer is made and opened.
#include <algorithm>
#include <numeric>

#include "bridges/buffer/shared_buffer.hpp"

namespace rr {

namespace {

void initialise(const buffer_layout& layout, std::span<std::byte> bytes,
                uint32_t flags) {
  write_description(layout, bytes);
  process_lock::initialise(&bytes[layout.header.lock]);
  shared<uint32_t>(&bytes[layout.header.flags]) = flags;
  for (size_t i = 0; i < layout.type.parameters.size(); ++i)
    if (layout.type.parameters[i].subscribed)
      shared<uint64_t>(&bytes[layout.header.subscribed + i / 64 * 8])
        |= uint64_t{1} << i % 64;
}

} // namespace

caf::expected<shared_buffer::pointer>
shared_buffer::create(const buffer_name& name, const device_type& type) {
  if (auto failed = check_name(name, type))
    return failed;
  auto wanted = fingerprint(type);
  auto layout = make_buffer_layout(name, type, wanted);
  auto write = [&](std::span<std::byte> bytes) {
    initialise(layout, bytes, valid_bit);
  };
  // Whoever removes it in between cannot do so for ever.
  for (int i = 0;; ++i) {
    auto result = attach(name, &wanted);
    if (result)
      (*result)->set_valid(true);
    if (result || result.error() != ec::unknown_device || i == 100)
      return result;
    auto made = memory_segment::create(to_string(name), layout.header.size,
                                       write);
    if (!made)
      return std::move(made.error());
  }
}

caf::expected<shared_buffer::pointer>
shared_buffer::open(const buffer_name& name) {
  return attach(name, nullptr);
}

caf::expected<shared_buffer::pointer>
shared_buffer::open(const buffer_name& name, const device_type& type) {
  auto wanted = fingerprint(type);
  return attach(name, &wanted);
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
  initialise(layout, segment->bytes(), valid_bit);
  return pointer{new shared_buffer(std::move(*segment), std::move(layout),
                                   std::move(*table))};
}

caf::expected<shared_buffer::pointer>
shared_buffer::attach(const buffer_name& name, const uint64_t* wanted) {
  auto object = to_string(name);
  auto refused = [&](const char* why) {
    return caf::make_error(ec::incompatible_buffer,
                           "cannot open " + object + ": " + why);
  };
  auto segment = memory_segment::open(object);
  if (!segment)
    return std::move(segment.error());
  auto layout = read_description(segment->bytes(), object);
  if (!layout)
    return std::move(layout.error());
  if (to_string(layout->name) != object)
    return refused("it is the buffer of another device");
  if (wanted && layout->fingerprint != *wanted)
    return refused("it was made with another catalog");
  auto result
    = pointer{new shared_buffer(std::move(*segment), std::move(*layout), {})};
  if (!result->lock_.is_sound())
    return refused("its lock is damaged");
  return result;
}

shared_buffer::shared_buffer(memory_segment segment, buffer_layout layout,
                             requesters::pointer requesters)
  : layout_(std::move(layout)),
    base_(segment.bytes().data()),
    flags_(base_ + layout_.header.flags),
    by_name_(layout_.type.parameters.size()),
    blocks_{versioned_block{base_, layout_.header.update},
            versioned_block{base_, layout_.header.write}},
    lock_(base_ + layout_.header.lock),
    segment_(std::move(segment)),
    requesters_owner_(std::move(requesters)),
    requesters_(requesters_owner_.get()) {
  for (size_t i = 0; i < layout_.parameters.size(); ++i) {
    const auto& x = layout_.parameters[i];
    value_limits limits{type().parameters[i]};
    auto* requests = base_ + layout_.header.requests + layout::line * i;
    entries_.push_back({x.update, layout_.header.update.stamps + 8 * i, x.size,
                        limits, nullptr});
    entries_.push_back(
      {x.write, layout_.header.write.stamps + 8 * i, x.size, limits, requests});
  }
  std::iota(by_name_.begin(), by_name_.end(), uint16_t{0});
  std::sort(by_name_.begin(), by_name_.end(), [this](auto x, auto y) {
    return type().parameters[x].name < type().parameters[y].name;
  });
}

} // namespace rr
