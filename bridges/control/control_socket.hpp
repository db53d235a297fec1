// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/control/control_session.hpp"
#include "bridges/system/woken_thread.hpp"
#include "bridges/udp/udp_socket.hpp"
#include "messages/control/control_packet.hpp"
#include "messages/network_prefix.hpp"

namespace rr {

/// What is received where: a part of the `[control]` section, validated.
struct control_socket_settings {
  /// `udp://host:port`; port 0 is not one.
  std::string address = "udp://127.0.0.1:6002";
  /// Who may send; empty for everybody.
  std::vector<network_prefix> allow_from;
};

/// Lets one pass a second for each source, of `capacity` sources a second.
class source_budget {
public:
  using time_point = control_session::time_point;

  bool take(const udp_endpoint& source, time_point now);

private:
  struct entry {
    udp_endpoint source;
    time_point last;
  };

  static inline constexpr size_t capacity = 64;

  std::vector<entry> entries_;
};

/// Receives control packets on a thread of its own and submits them to a
/// session, whose deadlines it keeps: nothing of it passes a mailbox. A
/// datagram of more than `max_control_packet` bytes is refused.
///
/// Whoever begins to be obeyed, and whoever is refused, hears of it once a
/// second at most (see `control_answer`): those who have sent a sound packet,
/// for others may not know what to do with it, and in no more bytes than theirs
/// had, so that nobody is flooded in the name of another.
class control_socket {
public:
  /// Binds and starts the thread.
  /// @param session not the session of another socket.
  /// @returns errors as `bind_udp`.
  static caf::expected<std::unique_ptr<control_socket>>
  make(const control_socket_settings& settings,
       std::shared_ptr<control_session> session);

  control_socket(const control_socket&) = delete;
  control_socket& operator=(const control_socket&) = delete;

  /// Ends the thread and closes the session: all gamepads are neutral then.
  ~control_socket();

  /// Says whether the thread lives; see `woken_thread`.
  heartbeat_witness witness() const {
    return thread_.witness("control");
  }

private:
  control_socket(std::vector<network_prefix> allow_from,
                 std::shared_ptr<control_session> session,
                 file_descriptor socket);

  void run() noexcept;
  void wait() noexcept;
  /// @returns how many datagrams there were.
  size_t receive();
  void give_way(bool is_flooded) noexcept;
  void take(size_t index, control_session::time_point now);
  void take_unallowed(size_t index, control_session::time_point now);
  void submit(size_t index, const std::vector<gamepad_input>& inputs,
              control_session::time_point now);
  void tell(size_t index, control_fault fault, control_session::time_point now);
  void send(size_t index, const std::vector<uint8_t>& answer) const noexcept;
  bool allowed(const udp_endpoint& source) const;

  std::vector<network_prefix> allow_from_;
  std::shared_ptr<control_session> session_;
  file_descriptor socket_;
  datagram_batch batch_{max_control_packet};
  /// Whether the last batch was full.
  bool is_flooded_ = false;
  /// Whom the last datagram came from, and what they are called.
  udp_endpoint named_;
  std::string name_;
  /// Whom the last sound packet came from.
  udp_endpoint sound_;
  source_budget grants_;
  source_budget refusals_;
  woken_thread thread_;
};

} // namespace rr
