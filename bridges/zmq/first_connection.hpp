// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <caf/timespan.hpp>
#include <zmq.hpp>

namespace rr {

/// How to find the first of several addresses that answers.
struct first_connection_settings {
  /// Where somebody may be bound, `tcp://host:port` or `ipc://path` each.
  std::vector<std::string> addresses;
  /// Makes a socket with all its options, for one attempt.
  std::function<caf::expected<zmq::socket_t>(zmq::context_t&)> make;
  /// For all of it; none to go on for ever.
  std::optional<caf::timespan> timeout;
  /// A descriptor that ends it when it becomes readable; -1 for none.
  int interruption = -1;
  /// Where there is one, what fails is tried again until the time is over, and
  /// this hears once that nobody answers, and why.
  std::function<void(const caf::error& why)> absent;
};

/// A socket whose peer has answered.
struct first_connection {
  /// Empty after an interruption.
  std::string address;
  zmq::socket_t socket;
};

/// Connects to the first address that answers as a ZMQ socket does; to listen
/// is not enough. The addresses get a short lead over one another, in their
/// order, `ipc` ones first. Nothing has been sent to the others but greetings.
///
/// libzmq alone would try again and again in silence, whatever is in the way.
/// @param context outlives the socket.
/// @returns `ec::system_error` when nobody is at any address, or was when the
///          time was over; `ec::call_timed_out` when somebody was; each names
///          every address, and what is wrong with it.
caf::expected<first_connection>
connect_to_first(zmq::context_t& context,
                 const first_connection_settings& settings);

} // namespace rr
