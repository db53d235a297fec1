// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/device_buffers.hpp"

#include "messages/error.hpp"

namespace rr {

caf::expected<buffer_handle>
device_buffers::open(std::string_view device) const {
  if (!source_)
    return caf::make_error(ec::unknown_device,
                           std::string{device} + ": there are no buffers");
  auto reference = parse_device(device, source_->names());
  if (!reference)
    return std::move(reference.error());
  auto key = resolve_device(*reference, source_->types());
  if (!key)
    return std::move(key.error());
  return source_->open(*key);
}

std::vector<buffer_handle> device_buffers::valid() const {
  return source_ ? source_->valid() : std::vector<buffer_handle>{};
}

const catalog& device_buffers::types() const {
  static const catalog none;
  return source_ ? source_->types() : none;
}

} // namespace rr
