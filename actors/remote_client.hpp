// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/interfaces.hpp"
#include "actors/support/deadline_queue.hpp"
#include "actors/support/limited_log.hpp"
#include "bridges/call/message_channel.hpp"
#include "messages/call/remote_exchange.hpp"

namespace rr {

struct remote_client_settings {
  /// Ids count from the first to the last and start over, without those in
  /// flight.
  uint32_t first_id = 1;
  uint32_t last_id = UINT32_MAX;
  /// Of what comes in.
  cbor_limits limits = {16777216};
  /// Bytes of one call: what services take.
  size_t max_call = 1048576;
};

class remote_client_state {
public:
  static inline constexpr auto name = "remote-client";

  using pointer = remote_client_actor::stateful_pointer<remote_client_state>;

  explicit remote_client_state(pointer self) : self_(self) {
  }
  ~remote_client_state();

  remote_client_actor::behavior_type
  make_behavior(remote_client_settings settings, const channel_opener& open,
                event_log log);

private:
  using answer_promise = caf::typed_response_promise<json_value>;

  struct call_in_flight {
    std::string service;
    std::string method;
    caf::timespan timeout;
    deadline_queue::time_point deadline;
    answer_promise promise;
  };

  /// What became of an id that was used lately.
  enum class outcome : uint8_t { none, answered, timed_out };

  struct ended_call {
    uint32_t id = 0;
    outcome how = outcome::none;
  };

  caf::result<json_value> call(std::string& service, std::string& method,
                               json& args, caf::timespan timeout);
  caf::result<void> notify(const std::string& service, std::string& method,
                           json& args);
  remote_client_status status() const;
  void on_timeout();
  void on_message(message_received& fact);
  void on_malformed(const payload_malformed& fact);
  void on_unsent(const payload_unsent& fact);

  void on_response(const std::string& sender, response& answer);
  void on_stray_response(const std::string& sender, uint32_t id);
  std::optional<uint32_t> free_id();
  call_in_flight take(uint32_t id, outcome how);
  template <class Message>
  caf::error encode_call(const std::string& service, const Message& message);
  caf::error send(const std::string& service, const std::string& method,
                  uint64_t ticket);
  void set_timer();
  void flush();
  deadline_queue::time_point now() const;

  pointer self_;
  remote_client_settings settings_;
  limited_log log_;
  remote_client_status counters_;
  uint32_t next_id_ = 0;
  std::unordered_map<uint32_t, call_in_flight> in_flight_;
  deadline_queue deadlines_;
  /// By the last bits of the id; an id that has been pushed out is unknown.
  std::array<ended_call, 1024> ended_{};
  std::vector<uint8_t> buffer_;
  bool flush_due_ = false;
  /// Last, so that its thread ends first.
  std::unique_ptr<message_channel> channel_;
};

/// Owns one channel and calls methods of services through it. Any actor may
/// call; calls of one actor to one service arrive in order. A call is answered
/// exactly once, with the result or
/// - `ec::remote_error`, which holds the remote's own `call_error`;
/// - `ec::call_timed_out`, by the actor's clock;
/// - `ec::overloaded` or `ec::system_error` when it could not be sent, or no
///   id is free;
/// - `ec::no_answers` over a channel of topics, where the topic of a
///   notification is its method;
/// - `ec::client_ended` when the client ends first.
///
/// Responses to anything else are counted, logged once a second and kind at
/// most, and dropped.
///
/// A call that is sent by `actor_runner::deliver_from` leaves on the caller's
/// own thread when the client is idle.
///
/// It quits with the error of `open` when it cannot open its channel.
remote_client_actor::behavior_type
remote_client(remote_client_actor::stateful_pointer<remote_client_state> self,
              remote_client_settings settings, channel_opener open,
              event_log log);

} // namespace rr
