// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace rr {

/// The first item of a message between a client and a service.
enum message_type : uint8_t {
  request_type,
  response_type,
  notification_type,
};

} // namespace rr
