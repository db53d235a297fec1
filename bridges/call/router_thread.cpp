// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/router_thread.hpp"

#include <cerrno>
#include <poll.h>

#include <chrono>
#include <exception>
#include <utility>

#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// Messages of one side before the other has its turn.
constexpr size_t batch_size = 256;

/// How long what has been sent may take to be routed at the end.
constexpr auto rest_time = std::chrono::milliseconds{100};

caf::expected<bound_socket>
make_side(zmq::context_t& context, const std::string& identity,
          const std::vector<std::string>& addresses,
          const router_settings& settings, const std::string& inside = {}) {
  auto queue = int64_t{settings.queue};
  return bound_socket::make(context, zmq::socket_type::router, identity,
                            {{"MAXMSGSIZE", settings.max_message},
                             {"RCVHWM", queue},
                             {"ROUTER_HANDOVER", int64_t{1}},
                             {"ROUTER_MANDATORY", int64_t{1}},
                             {"ROUTING_ID", identity},
                             {"SNDHWM", queue}},
                            addresses, inside);
}

} // namespace

message_router::~message_router() = default;

caf::expected<std::unique_ptr<router_thread>>
router_thread::make(zmq::context_t& context, const router_settings& settings,
                    router_listener listener,
                    std::shared_ptr<connected_services> services) {
  auto frontend = make_side(context, "router-frontend", settings.frontend,
                            settings);
  if (!frontend)
    return frontend.error();
  auto backend = make_side(context, "router-backend", settings.backend,
                           settings, settings.inside);
  if (!backend)
    return backend.error();
  std::unique_ptr<router_thread> result{
    new router_thread{std::move(*frontend), std::move(*backend),
                      router_reporter{std::move(listener), std::move(services)},
                      settings.reserved}};
  if (auto err = result->thread_.start("rr-router", "cannot start the router",
                                       [self = result.get()] { self->run(); }))
    return err;
  return result;
}

router_thread::router_thread(bound_socket frontend, bound_socket backend,
                             router_reporter reporter,
                             const reserved_service& reserved)
  : frontend_(std::move(frontend)),
    backend_(std::move(backend)),
    reporter_(std::move(reporter)),
    directions_{router_direction{router_side::frontend, frontend_.handle(),
                                 backend_.handle(), reporter_, reserved},
                router_direction{router_side::backend, backend_.handle(),
                                 frontend_.handle(), reporter_, reserved}} {
}

const std::vector<std::string>&
router_thread::frontend_endpoints() const noexcept {
  return frontend_.endpoints();
}

const std::vector<std::string>&
router_thread::backend_endpoints() const noexcept {
  return backend_.endpoints();
}

router_counters router_thread::counters() const noexcept {
  return {directions_[0].counters(), directions_[1].counters()};
}

void router_thread::run() noexcept {
  try {
    if (auto error = route_until_stopped(); error != 0)
      reporter_.failed(zmq_error("cannot route", "", error));
  } catch (const std::exception& x) {
    reporter_.failed(caf::make_error(ec::system_error,
                                     std::string{"cannot route: "} + x.what()));
  }
}

/// @returns zero when it was told to stop, or an error number.
int router_thread::route_until_stopped() {
  std::array<bool, 2> dry{};
  while (!thread_.stopping()) {
    if (auto error = route_batches(dry); error != 0)
      return error;
    thread_.answer();
    if (dry[0] && dry[1])
      if (auto error = wait(dry); error != 0)
        return error;
  }
  return route_rest();
}

/// @returns zero or an error number.
int router_thread::route_rest() {
  auto deadline = clock::now() + rest_time;
  std::array<bool, 2> dry{};
  while (!(dry[0] && dry[1]) && clock::now() < deadline)
    if (auto error = route_batches(dry); error != 0)
      return error;
  return 0;
}

/// One of each side that is not dry.
/// @returns zero or an error number.
int router_thread::route_batches(std::array<bool, 2>& dry) {
  for (size_t from = 0; from < 2; ++from) {
    if (dry[from])
      continue;
    auto batch = directions_[from].move_batch(batch_size);
    if (batch.error != 0)
      return batch.error;
    dry[from] = batch.dry;
    if (batch.touched_other)
      dry[1 - from] = false;
  }
  return 0;
}

/// Sleeps until a socket has news. libzmq's descriptors tell only of news that
/// no call has taken in yet, which is why both sockets must be dry; sleeping
/// on them costs one system call, and `zmq_poll` five.
/// @returns zero or an error number.
int router_thread::wait(std::array<bool, 2>& dry) noexcept {
  std::array<pollfd, 3> items{pollfd{frontend_.descriptor(), POLLIN, 0},
                              pollfd{backend_.descriptor(), POLLIN, 0},
                              pollfd{thread_.descriptor(), POLLIN, 0}};
  if (::poll(items.data(), items.size(), -1) < 0)
    return errno == EINTR ? 0 : errno;
  if (items[2].revents != 0)
    thread_.clear();
  for (size_t i = 0; i < 2; ++i)
    dry[i] = items[i].revents == 0;
  return 0;
}

} // namespace rr
