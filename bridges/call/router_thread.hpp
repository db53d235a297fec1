// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <zmq.hpp>

#include "bridges/call/message_router.hpp"
#include "bridges/call/router_direction.hpp"
#include "bridges/call/router_reporter.hpp"
#include "bridges/system/woken_thread.hpp"
#include "bridges/zmq/bound_socket.hpp"

namespace rr {

/// Routes between two ROUTER sockets, `router-frontend` and `router-backend`,
/// on a thread of its own: from one side to the other only, without state,
/// fair to both, in the order of each sender.
///
/// What cannot be sent at once is dropped and counted, so that no peer, however
/// slow, gone, or malicious, delays another. The newest peer of an identity is
/// the one that gets its messages, but for `router_settings::reserved`.
class router_thread : public message_router {
public:
  /// Binds every address before it returns, and then starts.
  /// @param context outlives the router.
  /// @param services hears of who is connected to the backend; may be null.
  /// @returns the error of the first address that cannot be bound, with its
  ///          name and the cause.
  static caf::expected<std::unique_ptr<router_thread>>
  make(zmq::context_t& context, const router_settings& settings,
       router_listener listener,
       std::shared_ptr<connected_services> services = nullptr);

  /// Routes what has come already, for 100 ms at most, and with it all that was
  /// sent inside this process; then waits for the thread. What peers have not
  /// taken yet has 100 ms more, on libzmq's thread.
  ~router_thread() override = default;

  const std::vector<std::string>& frontend_endpoints() const noexcept override;
  const std::vector<std::string>& backend_endpoints() const noexcept override;
  router_counters counters() const noexcept override;

  /// Asks the thread that routes.
  heartbeat_witness witness() const {
    return thread_.witness("router");
  }

private:
  router_thread(bound_socket frontend, bound_socket backend,
                router_reporter reporter, const reserved_service& reserved);

  void run() noexcept;
  int route_until_stopped();
  int route_rest();
  int route_batches(std::array<bool, 2>& dry);
  int wait(std::array<bool, 2>& dry) noexcept;

  bound_socket frontend_;
  bound_socket backend_;
  router_reporter reporter_;
  /// What each side receives, by `router_side`.
  std::array<router_direction, 2> directions_;
  woken_thread thread_;
};

} // namespace rr
