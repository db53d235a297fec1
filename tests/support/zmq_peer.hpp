// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <zmq.hpp>

#include "tests/support/eventually.hpp"

namespace rr {

using frames = std::vector<std::string>;

/// A DEALER that connects to a router, with time-outs everywhere.
class zmq_peer {
public:
  struct options {
    bool probe = true;
    int high_water_mark = 100'000;
    /// Bytes; zero for the system's default.
    int receive_buffer = 0;
  };

  /// @param identity none of its own when empty.
  zmq_peer(zmq::context_t& context, const std::string& endpoint,
           const std::string& identity, options how)
    : socket_(context, zmq::socket_type::dealer) {
    if (!identity.empty())
      socket_.set(zmq::sockopt::routing_id, identity);
    socket_.set(zmq::sockopt::probe_router, how.probe);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::sndhwm, how.high_water_mark);
    socket_.set(zmq::sockopt::rcvhwm, how.high_water_mark);
    socket_.set(zmq::sockopt::sndtimeo, 20'000);
    if (how.receive_buffer > 0)
      socket_.set(zmq::sockopt::rcvbuf, how.receive_buffer);
    socket_.connect(endpoint);
  }

  zmq_peer(zmq::context_t& context, const std::string& endpoint,
           const std::string& identity = {})
    : zmq_peer(context, endpoint, identity, options{}) {
  }

  /// @returns whether the message was taken within twenty seconds.
  bool send(const frames& message) {
    for (size_t i = 0; i < message.size(); ++i) {
      auto more = i + 1 < message.size();
      if (!socket_.send(zmq::buffer(message[i]), more ? zmq::send_flags::sndmore
                                                      : zmq::send_flags::none))
        return false;
    }
    return true;
  }

  /// The next message; empty when there is none in time.
  frames receive(std::chrono::milliseconds timeout = std::chrono::seconds{20}) {
    socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(timeout.count()));
    frames result;
    zmq::message_t frame;
    do {
      if (!socket_.recv(frame))
        return result;
      result.push_back(frame.to_string());
    } while (frame.more());
    return result;
  }

  zmq::socket_t& socket() {
    return socket_;
  }

private:
  zmq::socket_t socket_;
};

} // namespace rr
