// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <zmq.hpp>

#include "bridges/call/message_channel.hpp"
#include "bridges/zmq/socket_options.hpp"

namespace rr {

struct zmq_channel_settings {
  /// Where to connect, `tcp://host:port` or `ipc://path`.
  std::string address;
  /// By which the router knows this end; empty for none. An option `IDENTITY`
  /// or `ROUTING_ID` has precedence.
  std::string identity;
  /// Applied after the channel's own, which are `LINGER` 200 ms, so that an
  /// absent router delays no end, and `SNDTIMEO` 1 s.
  socket_options options;
  /// Payloads handed over and not yet released, 1 and up.
  size_t window = 1000;
  /// Of a subscriber: what the topics begin with that it listens to; none for
  /// all.
  std::vector<std::string> topics = {};
  /// Whether to bind the address, where others connect, in place of connecting.
  bool binds = false;
};

/// A DEALER that speaks as the client or the service of that identity. It
/// introduces itself to the router by a probe, and again to one that has
/// restarted. What is sent while there is no router waits for one, up to
/// `SNDHWM` messages; what has waited beyond it for `SNDTIMEO` is `unsent`, and
/// the socket is given up for a new one of the same identity.
/// @param context outlives the channel.
/// @returns `ec::bad_configuration` for an option or an address that is none,
///          `ec::system_error` when there can be no socket or thread.
caf::expected<std::unique_ptr<message_channel>>
connect_dealer(zmq::context_t& context, zmq_channel_settings settings,
               channel_listener listener);

/// A PUB socket: recipients are topics, and whoever does not listen misses it.
/// It needs no identity and receives nothing.
/// @see connect_dealer
caf::expected<std::unique_ptr<message_channel>>
connect_publisher(zmq::context_t& context, zmq_channel_settings settings,
                  channel_listener listener);

/// A SUB socket: senders are topics. It needs no identity, and what is sent by
/// it is refused (`ec::system_error`): nobody who publishes hears an answer.
/// @see connect_dealer
caf::expected<std::unique_ptr<message_channel>>
connect_subscriber(zmq::context_t& context, zmq_channel_settings settings,
                   channel_listener listener);

} // namespace rr
