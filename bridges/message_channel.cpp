// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/message_channel.hpp"

namespace rr {

message_channel::~message_channel() = default;

} // namespace rr
