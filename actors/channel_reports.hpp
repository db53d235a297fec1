// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <utility>

#include <caf/send.hpp>

#include "bridges/message_channel.hpp"
#include "messages/error.hpp"
#include "messages/remote_exchange.hpp"

namespace rr {

/// A listener that decodes payloads on the channel's thread and makes facts of
/// them for the actor. It keeps the actor's handle, and nothing else.
/// @param limits what is beyond them is malformed.
template <class Handle>
channel_listener report_to(Handle hdl, cbor_limits limits) {
  auto batch = std::make_shared<message_batch>();
  return {
    [=](std::string_view sender, std::span<const std::byte> payload) {
      auto message = decode(payload, limits);
      if (message)
        batch->messages.push_back({std::string{sender}, std::move(*message)});
      else
        caf::anon_send(hdl, payload_malformed{std::string{sender},
                                              describe(message.error())});
    },
    [hdl](std::string_view why) {
      caf::anon_send(hdl, payload_malformed{{}, std::string{why}});
    },
    [hdl](uint64_t ticket) { caf::anon_send(hdl, payload_unsent{ticket}); },
    [=] {
      auto ready = std::exchange(batch->messages, {});
      if (ready.size() == 1)
        caf::anon_send(hdl, std::move(ready.front()));
      else if (!ready.empty())
        caf::anon_send(hdl, message_batch{std::move(ready)});
    },
  };
}

} // namespace rr
