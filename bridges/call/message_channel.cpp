// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/message_channel.hpp"

namespace rr {

message_channel::~message_channel() = default;

void message_channel::flush() {
  // Most transports do the whole of a send at once.
}

} // namespace rr
