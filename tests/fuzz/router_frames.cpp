// SPDX-License-Identifier: BSD-3-Clause

// Messages of any frames from a client, through one half of the router over
// sockets of this process. What becomes of each is known beforehand.

#include <zmq.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "bridges/call/router_direction.hpp"
#include "messages/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

using message_frames = std::vector<std::string>;

constexpr size_t max_messages = 64;

class routed_pair {
public:
  /// @returns whether it has reached the service.
  void send(const message_frames& message) {
    for (size_t i = 0; i < message.size(); ++i)
      client_.send(zmq::buffer(message[i]), i + 1 < message.size()
                                              ? zmq::send_flags::sndmore
                                              : zmq::send_flags::none);
  }

  /// @param budget for each batch.
  void route(size_t budget) {
    for (router_direction::batch last; !last.dry;) {
      last = direction_.move_batch(budget);
      require(last.error == 0, "no message is an error of the router");
    }
  }

  /// Nothing when there is none.
  message_frames receive() {
    message_frames result;
    zmq::message_t frame;
    while (service_.recv(frame, zmq::recv_flags::dontwait)) {
      result.push_back(frame.to_string());
      if (!frame.more())
        break;
    }
    return result;
  }

  direction_counters counters() const noexcept {
    return direction_.counters();
  }

private:
  zmq::socket_t make_router(const char* address) {
    zmq::socket_t result{context_, zmq::socket_type::router};
    result.set(zmq::sockopt::router_mandatory, true);
    result.bind(address);
    return result;
  }

  zmq::socket_t make_peer(const char* address, const char* identity,
                          const zmq::socket_t& router) {
    zmq::socket_t result{context_, zmq::socket_type::dealer};
    result.set(zmq::sockopt::routing_id, identity);
    result.connect(address);
    // Over inproc it is known once the router has looked.
    (void) router.get(zmq::sockopt::events);
    return result;
  }

  static void check(const router_drop& x) {
    require(is_utf8(x.sender_id) && is_utf8(x.recipient_id),
            "an identity is told as text");
  }

  zmq::context_t context_{0};
  zmq::socket_t frontend_ = make_router("inproc://frontend");
  zmq::socket_t backend_ = make_router("inproc://backend");
  zmq::socket_t client_ = make_peer("inproc://frontend", "client", frontend_);
  zmq::socket_t service_ = make_peer("inproc://backend", "service", backend_);
  router_reporter reporter_{{{}, check, {}}};
  router_direction direction_{router_side::frontend, frontend_.handle(),
                              backend_.handle(), reporter_};
};

/// A byte in front of each frame has its length in the lower bits; 64 says that
/// another one follows, and 128 that it is the service's name.
message_frames take_message(fuzz::pieces& from) {
  message_frames result;
  for (auto more = true; more && !from.empty();) {
    auto head = from.number<uint8_t>();
    more = (head & 64) != 0;
    result.emplace_back(head & 128 ? "service"
                                   : fuzz::as_text(from.take(head & 63)));
  }
  return result;
}

/// What `docs` and the contract say becomes of it.
uint64_t direction_counters::*outcome_of(const message_frames& message) {
  if (message.size() == 1 && message[0].empty())
    return &direction_counters::probes;
  if (message.size() != 2 || message[0].empty())
    return &direction_counters::malformed;
  if (message[0] == "client")
    return &direction_counters::loopback;
  return message[0] == "service" ? &direction_counters::routed
                                 : &direction_counters::no_such_peer;
}

} // namespace

FUZZ_TARGET(router_frames) {
  static routed_pair router;
  fuzz::pieces from{bytes};
  size_t budget = from.number<uint8_t>() % 8 + 1;
  auto expected = router.counters();
  std::vector<message_frames> routed;
  for (size_t i = 0; i < max_messages && !from.empty(); ++i) {
    auto message = take_message(from);
    router.send(message);
    auto outcome = outcome_of(message);
    ++(expected.*outcome);
    if (outcome == &direction_counters::routed)
      routed.push_back({"client", message[1]});
  }
  router.route(budget);
  require(router.counters() == expected,
          "each message is counted by its cause");
  for (auto& each : routed)
    require(router.receive() == each, "what is routed arrives as it was");
  require(router.receive().empty(), "nothing else arrives");
}
