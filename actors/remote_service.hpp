// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/remote_method.hpp"
#include "actors/support/deadline_queue.hpp"
#include "actors/support/limited_log.hpp"
#include "bridges/call/message_channel.hpp"
#include "bridges/system/worker_threads.hpp"
#include "messages/call/remote_exchange.hpp"

namespace rr {

struct remote_service_settings {
  /// Calls at once, 1 to 1000.
  size_t workers = 5;
  /// After which a method's answer is no longer waited for.
  caf::timespan timeout = std::chrono::seconds{30};
  /// Of what comes in.
  cbor_limits limits;
  /// Bytes of one answer: what a router lets pass, and a client takes.
  size_t max_answer = 16777216;
};

class remote_service_state {
public:
  static inline constexpr auto name = "remote-service";

  using pointer = remote_service_actor::stateful_pointer<remote_service_state>;

  explicit remote_service_state(pointer self) : self_(self) {
  }

  remote_service_actor::behavior_type
  make_behavior(remote_service_settings settings, method_table methods,
                std::shared_ptr<job_runner> workers, const channel_opener& open,
                event_log log);

private:
  /// Whom a call is from, and for which method.
  struct call_origin {
    std::string caller;
    /// A notification has none.
    std::optional<uint32_t> id;
    std::string_view method;
  };

  struct incoming_call {
    call_origin from;
    const remote_method* method;
    json args;
  };

  struct running_call {
    call_origin from;
    bool urgent;
    deadline_queue::time_point deadline;
  };

  remote_service_status status() const;
  void on_exit(const caf::exit_msg& why);
  void on_timeout();
  void on_settled(call_settled& fact);
  void on_message(message_received& fact);
  void on_messages(message_batch& facts);
  void on_malformed(const payload_malformed& fact);
  void on_unsent(const payload_unsent& fact);

  void on_call(call_origin from, json& args);
  void on_unknown_method(const call_origin& call);
  void start(incoming_call call);
  void run_at_once(const remote_method::caller_function& run,
                   incoming_call& call);
  void run_later(const remote_method::asking_function& run,
                 incoming_call& call);
  void run_on_worker(const remote_method::blocking& run, incoming_call& call);
  uint64_t add_running(const incoming_call& call);
  std::optional<running_call> take_running(uint64_t ticket);
  void start_waiting();

  void settle(const call_origin& call, call_settled& done);
  void fail(const call_origin& call, call_error cause);
  void respond(const call_origin& call, std::optional<call_error> error,
               json result);
  std::string encode_answer(const response& answer);
  void encode_fault(std::string_view method, response& answer,
                    const std::string& fault);
  void set_timer();
  deadline_queue::time_point now() const;

  pointer self_;
  remote_service_settings settings_;
  method_table methods_;
  std::shared_ptr<job_runner> workers_;
  limited_log log_;
  remote_service_status counters_;
  uint64_t last_ticket_ = 0;
  std::unordered_map<uint64_t, running_call> running_;
  /// Of those, how many count against the bound.
  size_t busy_ = 0;
  std::deque<incoming_call> waiting_;
  /// Whether the actor has told itself to go on with `waiting_`.
  bool yielding_ = false;
  deadline_queue deadlines_;
  std::vector<uint8_t> buffer_;
  /// Whether more responses may follow at once.
  bool in_batch_ = false;
  bool ending_ = false;
  /// Last, so that its thread ends first.
  std::unique_ptr<message_channel> channel_;
};

/// Owns one channel and answers the calls that come by it. Nobody talks to it
/// but its channel, the promises that it has handed out, and whoever asks for
/// its status.
///
/// Up to `workers` calls are worked on at once, in the order of their arrival;
/// the others wait in the actor, as many as the channel's window holds, and
/// beyond that in the socket. Urgent methods, unknown methods and wrong numbers
/// of arguments do not wait: they are answered as soon as the channel has
/// handed them over. Hence the window should be well above `workers`.
///
/// A call that outlasts `timeout`, counted from its start, is answered with
/// `method timed out` and gives up its place; what its method answers then is
/// counted and dropped. Calls that run when the service ends are not answered,
/// but for those whose answer it has been told by then.
///
/// What cannot leave, or would be refused by whoever receives it, is answered
/// with `method produced an error` and the reason: text that is not UTF-8, more
/// nesting than `cbor_limits` allows, more bytes than `max_answer`.
///
/// What is malformed is counted and logged; where it begins as a request does
/// (`id_of_request`), it is answered with `method produced an error` and what
/// is wrong with it.
///
/// It answers `list_methods` itself, with what `methods` has.
///
/// It quits with the error of `open` when it cannot open its channel.
///
/// @param workers run the methods that may block; none needed without such. A
///                call for which they have no room fails.
remote_service_actor::behavior_type remote_service(
  remote_service_actor::stateful_pointer<remote_service_state> self,
  remote_service_settings settings, method_table methods,
  std::shared_ptr<job_runner> workers, channel_opener open, event_log log);

} // namespace rr
