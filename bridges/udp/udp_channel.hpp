// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "bridges/call/message_channel.hpp"

namespace rr {

/// One payload a datagram, to and from one peer. What the kernel cannot take
/// at once is refused, never kept.
/// @param address `udp://host:port`; of a name's addresses the first counts.
/// @param window payloads handed over and not yet released, 1 and up.
/// @returns `ec::bad_configuration` for an address that is none,
///          `ec::system_error` when there can be no socket or thread.
caf::expected<std::unique_ptr<message_channel>>
connect_udp(const std::string& address, channel_listener listener,
            size_t window = 1000);

/// The same for a service: payloads come from anybody, and go to whoever is
/// named as `received` names senders, `127.0.0.1:6010`.
/// @param address where to listen, which is shared with nobody.
/// @see connect_udp
caf::expected<std::unique_ptr<message_channel>>
bind_udp_channel(const std::string& address, channel_listener listener,
                 size_t window = 1000);

} // namespace rr
