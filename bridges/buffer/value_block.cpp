// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/value_block.hpp"

namespace rr {

value_block::value_block(std::byte* base, const buffer_layout& layout,
                         buffer_block which)
  : versioned_block(base, layout.block(which)),
    base_(base) {
  auto requested = which == buffer_block::write;
  auto* records = base + layout.header.requests;
  for (size_t i = 0; i < layout.parameters.size(); ++i) {
    const auto& x = layout.parameters[i];
    entries_.push_back(
      {.place = requested ? x.write : x.update,
       .stamp = layout.block(which).stamps + 8 * i,
       .size = x.size,
       .limits = value_limits{layout.type.parameters[i]},
       .requests = requested ? request_records{records + layout::line * i}
                             : request_records{}});
  }
}

std::chrono::nanoseconds value_block::last_change() const noexcept {
  uint64_t result = 0;
  read([&](std::byte* slot, uint64_t) {
    result = shared<uint64_t>(slot).load(std::memory_order_relaxed);
  });
  return std::chrono::nanoseconds{static_cast<int64_t>(result)};
}

bool value_block::load(const entry& param, std::span<std::byte> out,
                       uint64_t* stamp) const noexcept {
  for (int i = 0; i < max_copy_attempts; ++i) {
    uint64_t copy = 0;
    auto whole = read([&](std::byte* slot, uint64_t) {
      if (param.is_large())
        load_shared(&copy, slot + param.place.in_slot, sizeof(copy));
      else
        load_shared(out.data(), slot + param.place.in_slot, out.size());
      if (stamp)
        *stamp = stamp_in(slot, param);
    });
    if (!whole || !param.is_large() || load_copy(param, copy, out))
      return whole;
  }
  return false;
}

bool value_block::load_copy(const entry& param, uint64_t copy,
                            std::span<std::byte> out) const noexcept {
  load_shared(out.data(), place_of_copy(param, copy), out.size());
  fence_loads();
  auto last = shared<uint64_t>(base_ + param.place.begun)
                .load(std::memory_order_relaxed);
  return last - copy < layout::copies;
}

/// Fills the copy after the published one, which is the oldest.
[[gnu::noinline]] void
value_block::stage_copy(const entry& param, std::byte* slot,
                        std::span<const std::byte> value) const noexcept {
  auto number = [&](std::byte* in) {
    return shared<uint64_t>(in + param.place.in_slot);
  };
  auto copy = number(current()).load(std::memory_order_relaxed) + 1;
  shared<uint64_t>(base_ + param.place.begun)
    .store(copy, std::memory_order_relaxed);
  fence_stores();
  store_shared(place_of_copy(param, copy), value.data(), value.size());
  number(slot).store(copy, std::memory_order_relaxed);
}

} // namespace rr
