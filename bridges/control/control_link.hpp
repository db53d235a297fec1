// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/udp/udp_socket.hpp"
#include "messages/control/control_answer.hpp"

namespace rr {

/// The driver's end of control: sends packets to a robot and hears its answers.
/// No thread: what has come is heard with each packet that is sent. Used by one
/// thread at a time.
class control_link {
public:
  using clock = std::chrono::steady_clock;
  using listener = std::function<void(const control_answer&)>;

  /// For how long a failure counts when packets are sent at an interval, and
  /// for how many at least: each one that nobody hears is told of by the
  /// network with the next.
  static clock::duration patience(clock::duration interval) noexcept;

  /// @param listener called by `send` and `hear`.
  /// @param patience how long one failure counts: with several packets under
  ///        way, those that pass in between prove nothing.
  /// @returns errors as `connect_udp_socket`.
  static caf::expected<std::unique_ptr<control_link>>
  make(const std::string& address, listener heard, clock::duration patience);

  /// Does not block.
  /// @returns why nobody hears what is sent, as far as is known: `nobody
  ///          listens at udp://127.0.0.1:6002: connection refused`.
  caf::error send(std::span<const uint8_t> packet);

  /// Hears what has come since.
  /// @returns as `send`.
  caf::error hear();

  /// Whether the robot has ever obeyed, as far as it told.
  bool granted() const noexcept {
    return granted_;
  }

  /// Whether the robot has ever refused to.
  bool refused() const noexcept {
    return refused_;
  }

private:
  control_link(std::string address, listener heard, clock::duration patience,
               file_descriptor socket);

  void note(int error);
  caf::error failure() const;

  std::string address_;
  listener heard_;
  clock::duration patience_;
  file_descriptor socket_;
  bool granted_ = false;
  bool refused_ = false;
  /// Zero for none yet.
  int error_ = 0;
  clock::time_point failed_at_;
};

} // namespace rr
