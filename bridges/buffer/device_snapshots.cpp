// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/device_snapshots.hpp"

#include "bridges/buffer/buffer_snapshot.hpp"

namespace rr {

namespace {

/// Places of the parameters that listeners are told of.
std::vector<size_t> told(const device_type& type) {
  std::vector<size_t> result;
  for (size_t i = 0; i < type.parameters.size(); ++i)
    if (const auto& x = type.parameters[i];
        x.readable && x.type.size() < largest_datagram)
      result.push_back(i);
  return result;
}

} // namespace

device_update read_devices(buffer_registry& buffers) {
  device_update result;
  for (const auto& device : buffers.valid()) {
    const auto& type = device.buffer().type();
    if (!type.device_id)
      continue;
    auto values = device.buffer().snapshot(buffer_block::update, told(type));
    // One that is written faster than it can be read is there all the same.
    result.push_back({to_string(device.key().uid),
                      values ? values->values() : json::object()});
  }
  return result;
}

} // namespace rr
