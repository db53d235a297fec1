// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "bridges/buffer/buffer_registry.hpp"
#include "messages/device/device_update.hpp"

namespace rr {

/// The current values of every valid device that has a UID: of each those that
/// are readable, as they are at one instant. Arrays that no datagram can hold
/// are left out, and so are all values of a device that is just being written
/// too often.
device_update read_devices(buffer_registry& buffers);

} // namespace rr
