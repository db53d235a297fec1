// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "tests/support/zmq_peer.hpp"

namespace rr {

/// A PUB socket that connects. Returns once the other side has subscribed.
class log_source {
public:
  /// @param linger how long what it has sent may take after its end.
  log_source(zmq::context_t& context, const std::string& endpoint,
             std::chrono::milliseconds linger = std::chrono::seconds{20})
    : socket_(context, zmq::socket_type::xpub) {
    socket_.set(zmq::sockopt::linger, static_cast<int>(linger.count()));
    socket_.set(zmq::sockopt::sndhwm, 100'000);
    socket_.set(zmq::sockopt::rcvtimeo, 20'000);
    socket_.connect(endpoint);
    zmq::message_t subscription;
    if (!socket_.recv(subscription))
      throw std::runtime_error{"nobody subscribes at " + endpoint};
  }

  void send(const frames& message) {
    for (size_t i = 0; i < message.size(); ++i)
      socket_.send(zmq::buffer(message[i]), i + 1 < message.size()
                                              ? zmq::send_flags::sndmore
                                              : zmq::send_flags::none);
  }

private:
  zmq::socket_t socket_;
};

/// A SUB socket that connects, and reads.
class log_reader {
public:
  /// @param queue messages that wait here for `receive`.
  /// @param buffer bytes that the system keeps for it, or -1 for as many as it
  ///               sees fit.
  log_reader(zmq::context_t& context, const std::string& endpoint,
             const std::vector<std::string>& prefixes = {""},
             int queue = 100'000, int buffer = -1)
    : socket_(context, zmq::socket_type::sub) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvhwm, queue);
    socket_.set(zmq::sockopt::rcvbuf, buffer);
    for (const auto& prefix : prefixes)
      socket_.set(zmq::sockopt::subscribe, prefix);
    socket_.connect(endpoint);
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

  /// Sends through the source until something arrives here: from then on
  /// everything does. What was sent for it is taken out again.
  void wait_for(log_source& source, const std::string& topic = "critical") {
    for (auto attempt = 0; attempt < 2000; ++attempt) {
      source.send({topic, "hello"});
      if (receive(std::chrono::milliseconds{10}).empty())
        continue;
      source.send({topic, "go"});
      while (receive().at(1) != "go") {
      }
      return;
    }
    throw std::runtime_error{"nothing arrives"};
  }

private:
  zmq::socket_t socket_;
};

} // namespace rr
