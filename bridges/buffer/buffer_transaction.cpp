// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_transaction.hpp"

#include "bridges/buffer/checked_value.hpp"
#include "bridges/system/recent_time.hpp"

namespace rr {

caf::expected<value_fit> buffer_transaction::set(std::string_view parameter,
                                                 const device_value& value) {
  return stage(buffer_block::update,
               memory_->check(buffer_block::update, parameter, value));
}

caf::expected<value_fit> buffer_transaction::write(std::string_view parameter,
                                                   const device_value& value) {
  return stage(buffer_block::write,
               memory_->check(buffer_block::write, parameter, value));
}

caf::expected<value_fit>
buffer_transaction::store_bytes(buffer_block block, size_t index,
                                std::span<const std::byte> value) {
  return stage(block, memory_->check(block, index, value));
}

caf::expected<value_fit>
buffer_transaction::stage(buffer_block block,
                          const caf::expected<checked_value>& value) {
  if (!value)
    return value.error();
  if (block == buffer_block::write && owner_ == 0) {
    auto owner = memory_->requesters().self();
    if (!owner)
      return std::move(owner.error());
    owner_ = *owner;
  }
  const auto& values = memory_->values_in(block);
  auto& next = draft(block);
  if (!next.slot)
    next = values.begin();
  values.stage(values[value->index], next, value->span());
  return value->fit;
}

void buffer_transaction::commit() noexcept {
  auto now = recent_time();
  const auto& requests = memory_->values_in(buffer_block::write);
  if (const auto& next = draft(buffer_block::write); next.slot)
    for (size_t i = 0; i < requests.size(); ++i)
      if (requests.stamp_in(next.slot, requests[i]) == next.version)
        requests.describe_request(requests[i], next, {owner_, 0}, now);
  for (auto block : {buffer_block::update, buffer_block::write})
    if (const auto& next = draft(block); next.slot)
      memory_->values_in(block).publish(next, now);
  auto signal = memory_->signal();
  memory_.reset();
  if (draft(buffer_block::write).slot)
    signal.notify();
}

} // namespace rr
