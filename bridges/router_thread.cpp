// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/router_thread.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include "bridges/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Messages of one side before the other has its turn.
constexpr size_t batch_size = 256;

/// Connections that wait to be accepted: fifty clients that start at once must
/// not see one refused.
constexpr int backlog = 1024;

/// How long a connection may stay silent before it says who it is. Each costs
/// a descriptor, and anybody can open one.
constexpr int handshake_milliseconds = 5000;

/// How long the last answers may take to leave while the process ends.
constexpr int linger_milliseconds = 100;

template <class T>
int set_option(zmq::socket_t& socket, int option, T value) {
  if (zmq_setsockopt(socket.handle(), option, &value, sizeof(value)) == 0)
    return 0;
  return zmq_errno();
}

/// @returns zero or an error number.
int set_options(zmq::socket_t& socket, const char* identity,
                const router_settings& settings) {
  struct int_option {
    int name;
    int value;
  };
  for (auto option : {int_option{ZMQ_ROUTER_HANDOVER, 1},
                      {ZMQ_ROUTER_MANDATORY, 1},
                      {ZMQ_LINGER, linger_milliseconds},
                      {ZMQ_BACKLOG, backlog},
                      {ZMQ_HANDSHAKE_IVL, handshake_milliseconds},
                      {ZMQ_SNDHWM, settings.queue},
                      {ZMQ_RCVHWM, settings.queue}})
    if (auto error = set_option(socket, option.name, option.value); error != 0)
      return error;
  if (zmq_setsockopt(socket.handle(), ZMQ_ROUTING_ID, identity,
                     std::strlen(identity))
      != 0)
    return zmq_errno();
  return set_option(socket, ZMQ_MAXMSGSIZE, settings.max_message);
}

} // namespace

message_router::~message_router() = default;

caf::expected<std::unique_ptr<router_thread>>
router_thread::make(zmq::context_t& context, const router_settings& settings,
                    router_listener listener) {
  auto frontend = make_side(context, "router-frontend", settings.frontend,
                            settings);
  if (!frontend)
    return frontend.error();
  auto backend = make_side(context, "router-backend", settings.backend,
                           settings);
  if (!backend)
    return backend.error();
  file_descriptor wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!wake)
    return system_error("cannot start the router", errno);
  std::unique_ptr<router_thread> result{
    new router_thread{std::move(*frontend), std::move(*backend),
                      std::move(wake), std::move(listener)}};
  try {
    result->start();
  } catch (const std::system_error& x) {
    return system_error("cannot start the router", x.code().value());
  }
  return result;
}

caf::expected<router_thread::side>
router_thread::make_side(zmq::context_t& context, const char* identity,
                         const std::vector<std::string>& addresses,
                         const router_settings& settings) try {
  side result{zmq::socket_t{context, zmq::socket_type::router}, -1, {}, {}};
  result.descriptor = result.socket.get(zmq::sockopt::fd);
  if (auto error = set_options(result.socket, identity, settings); error != 0)
    return zmq_error("cannot configure", identity, error);
  for (auto& address : addresses) {
    auto binding = zmq_binding::make(result.socket, address);
    if (!binding)
      return binding.error();
    result.endpoints.push_back(binding->endpoint());
    result.bindings.push_back(std::move(*binding));
  }
  return result;
} catch (const zmq::error_t& x) {
  return zmq_error("cannot make", identity, x.num());
}

router_thread::router_thread(side frontend, side backend, file_descriptor wake,
                             router_listener listener)
  : frontend_(std::move(frontend)),
    backend_(std::move(backend)),
    wake_(std::move(wake)),
    reporter_(std::move(listener)),
    directions_{router_direction{router_side::frontend,
                                 frontend_.socket.handle(),
                                 backend_.socket.handle(), reporter_},
                router_direction{router_side::backend, backend_.socket.handle(),
                                 frontend_.socket.handle(), reporter_}} {
}

router_thread::~router_thread() {
  stopping_.store(true, std::memory_order_relaxed);
  eventfd_write(wake_.get(), 1);
  if (thread_.joinable())
    thread_.join();
}

const std::vector<std::string>&
router_thread::frontend_endpoints() const noexcept {
  return frontend_.endpoints;
}

const std::vector<std::string>&
router_thread::backend_endpoints() const noexcept {
  return backend_.endpoints;
}

router_counters router_thread::counters() const noexcept {
  return {directions_[0].counters(), directions_[1].counters()};
}

void router_thread::start() {
  // Signals are for the threads that ask for them.
  sigset_t all;
  sigset_t old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

void router_thread::run() noexcept {
  pthread_setname_np(pthread_self(), "rr-router");
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
  while (!stopping_.load(std::memory_order_relaxed)) {
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
    if (dry[0] && dry[1])
      if (auto error = wait(dry); error != 0)
        return error;
  }
  return 0;
}

/// Sleeps until a socket has news. libzmq's descriptors tell only of news that
/// no call has taken in yet, which is why both sockets must be dry; sleeping
/// on them costs one system call, and `zmq_poll` five.
/// @returns zero or an error number.
int router_thread::wait(std::array<bool, 2>& dry) noexcept {
  std::array<pollfd, 3> items{pollfd{frontend_.descriptor, POLLIN, 0},
                              pollfd{backend_.descriptor, POLLIN, 0},
                              pollfd{wake_.get(), POLLIN, 0}};
  if (::poll(items.data(), items.size(), -1) < 0)
    return errno == EINTR ? 0 : errno;
  for (size_t i = 0; i < 2; ++i)
    dry[i] = items[i].revents == 0;
  return 0;
}

} // namespace rr
