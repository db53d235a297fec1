// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/call/remote_call.hpp"
#include "messages/fwd.hpp"

namespace rr {

/// What clients, services and their channels tell one another within this
/// process. None of it ever leaves it.

/// A JSON value on its way between actors.
struct json_value {
  json value;
  friend bool operator==(const json_value&, const json_value&) = default;
};

/// Fact: a well-formed message has come from that peer.
struct message_received {
  /// Its identity; empty where the transport names nobody.
  std::string sender;
  call_message message;
  friend bool operator==(const message_received&, const message_received&)
    = default;
};

/// Fact: these messages have come, in this order. One fact for all keeps the
/// actor from being woken for each.
struct message_batch {
  std::vector<message_received> messages;
  friend bool operator==(const message_batch&, const message_batch&) = default;
};

/// Fact: something else has come from that peer, or from nobody knows whom.
struct payload_malformed {
  std::string sender;
  std::string why;
  /// By which its sender can be answered, when it begins as a request does.
  std::optional<uint32_t> id = std::nullopt;
  friend bool operator==(const payload_malformed&, const payload_malformed&)
    = default;
};

/// Fact: the payload of that ticket could not leave in time.
struct payload_unsent {
  uint64_t ticket = 0;
  friend bool operator==(const payload_unsent&, const payload_unsent&)
    = default;
};

/// Fact: a method of a service is done with the call of that ticket.
struct call_settled {
  uint64_t ticket = 0;
  std::optional<call_error> error;
  /// Null beside an error.
  json result;
  friend bool operator==(const call_settled&, const call_settled&) = default;
};

/// What a remote client has done since its start.
struct remote_client_status {
  uint64_t calls = 0;
  uint64_t notifications = 0;
  uint64_t in_flight = 0;
  /// Calls by how they ended.
  uint64_t answered = 0;
  uint64_t errors = 0;
  uint64_t timeouts = 0;
  /// Calls and notifications that could not be sent.
  uint64_t unsent = 0;
  /// Responses to no call that this client has made of that service.
  uint64_t unexpected = 0;
  /// Responses to calls that had timed out.
  uint64_t late = 0;
  /// Responses to calls that had been answered.
  uint64_t duplicate = 0;
  uint64_t malformed = 0;
  /// Sockets that were given up and made anew.
  uint64_t reopened = 0;
  friend bool
  operator==(const remote_client_status&, const remote_client_status&)
    = default;
};

/// What a remote service has done since its start.
struct remote_service_status {
  uint64_t calls = 0;
  uint64_t notifications = 0;
  /// Calls and notifications that are being worked on, and that wait for it.
  uint64_t running = 0;
  uint64_t waiting = 0;
  /// Calls and notifications by how they ended.
  uint64_t answered = 0;
  uint64_t errors = 0;
  uint64_t timeouts = 0;
  uint64_t unknown_methods = 0;
  /// Answers of a method to a call that had ended already.
  uint64_t late = 0;
  /// Responses that could not be sent.
  uint64_t unsent = 0;
  uint64_t malformed = 0;
  uint64_t reopened = 0;
  friend bool
  operator==(const remote_service_status&, const remote_service_status&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, remote_client_status& x) {
  return f(caf::meta::type_name("remote_client_status"), x.calls,
           x.notifications, x.in_flight, x.answered, x.errors, x.timeouts,
           x.unsent, x.unexpected, x.late, x.duplicate, x.malformed,
           x.reopened);
}

template <class Inspector>
auto inspect(Inspector& f, remote_service_status& x) {
  return f(caf::meta::type_name("remote_service_status"), x.calls,
           x.notifications, x.running, x.waiting, x.answered, x.errors,
           x.timeouts, x.unknown_methods, x.late, x.unsent, x.malformed,
           x.reopened);
}

/// An `ec::remote_error` that carries the whole of it: what a client answers
/// with, and what a method fails with to give its error a context.
/// @param where what precedes the message in the error's text, or nothing.
caf::error remote_error(call_error what, std::string_view where = {});

/// What an `ec::remote_error` carries; the text alone, without a context, of
/// any other error.
call_error to_call_error(const caf::error& what);

} // namespace rr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::call_error)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::call_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::json_value)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::message_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::message_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::payload_malformed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::payload_unsent)
