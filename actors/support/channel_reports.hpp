// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <caf/send.hpp>

#include "actors/support/actor_runner.hpp"
#include "bridges/call/message_channel.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"

namespace rr {

/// What has been decoded of one batch, and how it reaches the actor.
struct channel_reports {
  message_batch batch;
  /// When the channel's thread may run the actor.
  std::optional<actor_runner> runner;

  template <class Handle, class Fact>
  void send(const Handle& hdl, Fact fact) {
    if (runner)
      runner->deliver(hdl, std::move(fact));
    else
      caf::anon_send(hdl, std::move(fact));
  }

  template <class Handle>
  void send_batch(const Handle& hdl) {
    auto ready = std::exchange(batch.messages, {});
    if (ready.size() == 1)
      send(hdl, std::move(ready.front()));
    else if (!ready.empty())
      send(hdl, message_batch{std::move(ready)});
  }
};

/// A listener that decodes payloads on the channel's thread and makes facts of
/// them for the actor, which handles them on that thread when it is idle. It
/// keeps the actor's handle, and nothing else.
/// @param limits what is beyond them is malformed.
template <class Handle>
channel_listener report_to(Handle hdl, cbor_limits limits) {
  auto reports = std::make_shared<channel_reports>();
  channel_listener result;
  result.received = [=](std::string_view sender,
                        std::span<const std::byte> payload) {
    auto message = decode(payload, limits);
    if (message)
      reports->batch.messages.push_back(
        {std::string{sender}, std::move(*message)});
    else
      caf::anon_send(hdl, payload_malformed{std::string{sender},
                                            describe(message.error()),
                                            id_of_request(payload)});
  };
  result.malformed = [hdl](std::string_view why) {
    caf::anon_send(hdl, payload_malformed{{}, std::string{why}});
  };
  result.unsent = [hdl](uint64_t ticket) {
    caf::anon_send(hdl, payload_unsent{ticket});
  };
  result.batch_ended = [=] { reports->send_batch(hdl); };
  result.owner_may_run = [=] { reports->runner.emplace(hdl->home_system()); };
  return result;
}

} // namespace rr
