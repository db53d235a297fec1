// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/system/sign_of_life.hpp"
#include "bridges/system/worker_threads.hpp"
#include "bridges/web/web_access.hpp"
#include "bridges/web/web_conversation.hpp"
#include "bridges/web/web_site.hpp"

namespace rr {

/// What one client may do. Each bound keeps others, and the robot, from paying
/// for it.
struct web_limits {
  /// Bytes of a request's line and fields, of its body, and of a message of a
  /// WebSocket.
  size_t header = 8 * 1024;
  size_t body = 16 * 1024;
  size_t message = 64 * 1024;
  /// All at once, and of one peer. One more is let in all the same where any
  /// that is no WebSocket can be closed for it, the one that has been idle
  /// longest of the peer that has most: so a request to stop finds room.
  size_t connections = 64;
  size_t connections_of_peer = 56;
  /// The rest of them is for requests.
  size_t websockets = 48;
  size_t websockets_of_peer = 40;
  /// Requests of one peer but those to stop, a second and at once.
  double requests = 500;
  double request_burst = 1000;
  /// Messages on one WebSocket, pings included, as above.
  double messages = 500;
  double message_burst = 1000;
  /// How long a connection may be quiet before a request, and in it until the
  /// header is complete, then until the body is.
  std::chrono::milliseconds idle{30'000};
  std::chrono::milliseconds header_time{5'000};
  std::chrono::milliseconds body_time{5'000};
  /// How long a client may take to read what it was sent.
  std::chrono::milliseconds write_time{10'000};
  /// How long whoever knows an answer may take.
  std::chrono::milliseconds answer_time{5'000};
  /// After which a quiet WebSocket is asked whether it lives; after as long
  /// again it is closed.
  std::chrono::milliseconds ping{10'000};
  /// How long clients may take to hear that the server ends.
  std::chrono::milliseconds farewell{200};
};

struct web_settings {
  /// Port 0 is any that is free.
  web_address address;
  /// Empty for none.
  std::string token;
  /// PEM files, for `https://`.
  std::string certificate;
  std::string key;
  web_site_owner owner;
  /// Pulls the stop cord on the server's thread, for that reason.
  /// @param read when the request had been read.
  /// @returns the time until the last signal, in microseconds; that of the stop
  ///          before where the robot had been stopped.
  std::function<int64_t(std::string_view reason,
                        std::chrono::steady_clock::time_point read)>
    stop;
  /// The folder of `GET /records/NAME`; empty for 404.
  std::string records;
  /// Who reads files, for that may wait for a disk.
  std::shared_ptr<job_runner> workers;
  std::vector<web_protocol> protocols;
  web_access::machine own;
  web_limits limits;
};

/// The robot's page: HTTP/1.1 and WebSockets, on a thread of its own. What
/// clients say is read and taken in two steps, so that a stop is obeyed before
/// whatever else waits on any connection; what is slow, as a disk or an actor,
/// is waited for elsewhere.
///
/// Whatever of a request is not as RFC 9112 has it is refused, and the
/// connection closed: no two programs may read it in two ways.
class web_server : public web_site {
public:
  /// Binds, and starts the thread.
  /// @returns `ec::system_error`, as `cannot serve http://127.0.0.1:80: ...`.
  static caf::expected<std::unique_ptr<web_server>> make(web_settings settings);

  web_server(const web_server&) = delete;
  web_server& operator=(const web_server&) = delete;

  /// Tells the clients, within `web_limits::farewell`, and ends the thread.
  ~web_server() override;

  /// With the port that it has got, as in `http://127.0.0.1:8080`.
  const web_address& address() const noexcept;

  web_status status() const override;

  /// Says whether the thread lives; see `woken_thread`.
  heartbeat_witness witness() const;

  class impl;

private:
  explicit web_server(std::unique_ptr<impl> made);

  std::unique_ptr<impl> impl_;
};

} // namespace rr
