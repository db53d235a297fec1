// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/log_relay_thread.hpp"

#include <poll.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <new>
#include <utility>

#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// Messages before the thread looks whether it is to stop.
constexpr int batch_size = 256;

/// How long what publishers have sent may take to be forwarded at the end.
constexpr auto rest_time = std::chrono::milliseconds{100};

/// Batches of it that are forwarded however long they take, where the machine
/// has no time for this thread: more than publishers of this process hold.
constexpr int rest_batches = 16;

/// Makes the socket take in what libzmq has for it, such as subscriptions and
/// new peers.
/// @returns whether there is a message to receive.
bool take_news(void* socket) noexcept {
  int events = 0;
  size_t size = sizeof(events);
  zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size);
  return (events & ZMQ_POLLIN) != 0;
}

} // namespace

log_relay::~log_relay() = default;

caf::expected<std::unique_ptr<log_relay_thread>>
log_relay_thread::make(zmq::context_t& context,
                       const log_forwarder_settings& settings,
                       log_failure_listener listener) {
  auto queue = int64_t{settings.queue};
  auto inside = settings.inside;
  if (!inside.empty())
    inside += readers_inside;
  auto frontend = bound_socket::make(context, zmq::socket_type::pub,
                                     "log frontend", {{"SNDHWM", queue}},
                                     settings.frontend, inside);
  if (!frontend)
    return frontend.error();
  auto backend
    = bound_socket::make(context, zmq::socket_type::sub, "log backend",
                         {{"RCVHWM", int64_t{settings.publisher_queue}},
                          {"MAXMSGSIZE", settings.max_message},
                          {"SUBSCRIBE", std::string{}}},
                         settings.backend, settings.inside);
  if (!backend)
    return backend.error();
  std::unique_ptr<log_relay_thread> result{new log_relay_thread{
    std::move(*frontend), std::move(*backend), settings, std::move(listener)}};
  if (auto err = result->thread_.start("rr-log-relay",
                                       "cannot start the log forwarder",
                                       [self = result.get()] { self->run(); }))
    return err;
  return result;
}

log_relay_thread::log_relay_thread(bound_socket frontend, bound_socket backend,
                                   const log_forwarder_settings& settings,
                                   log_failure_listener listener)
  : frontend_(std::move(frontend)),
    backend_(std::move(backend)),
    listener_(std::move(listener)),
    large_frames_(settings.waiting_bytes),
    gathering_(settings.gathering) {
}

const std::vector<std::string>&
log_relay_thread::frontend_endpoints() const noexcept {
  return frontend_.endpoints();
}

const std::vector<std::string>&
log_relay_thread::backend_endpoints() const noexcept {
  return backend_.endpoints();
}

log_forwarder_counters log_relay_thread::counters() const noexcept {
  // In this order, so that no reader sees more forwarded than received.
  auto forwarded = forwarded_.get();
  return {received_.get(), forwarded};
}

void log_relay_thread::run() noexcept {
  if (auto error = forward_until_stopped(); error != 0 && listener_)
    listener_({zmq_error("cannot forward log events", "", error)});
}

/// @returns zero when it was told to stop, or an error number.
int log_relay_thread::forward_until_stopped() noexcept {
  auto dry = false;
  while (!thread_.stopping()) {
    if (auto error = forward_batch(dry); error != 0)
      return error;
    thread_.answer();
    if (dry)
      if (auto error = wait(); error != 0)
        return error;
  }
  return forward_rest();
}

int log_relay_thread::forward_rest() noexcept {
  auto deadline = clock::now() + rest_time;
  auto dry = false;
  for (auto left = rest_batches; !dry && (left > 0 || clock::now() < deadline);
       --left)
    if (auto error = forward_batch(dry); error != 0)
      return error;
  return 0;
}

/// @param dry set to whether nothing was left to receive.
/// @returns zero or an error number.
int log_relay_thread::forward_batch(bool& dry) noexcept {
  dry = false;
  for (auto left = batch_size; left > 0; --left) {
    auto error = forward_message();
    dry = error == EAGAIN;
    if (dry)
      return 0;
    if (error != 0 && error != EINTR)
      return error;
  }
  return 0;
}

/// @returns zero or an error number; after EINTR it goes on where it was.
int log_relay_thread::forward_message() noexcept {
  if (auto error = receive_message(); error != 0)
    return error;
  small_frames_.prepare(message());
  if (large_frames_.admit(message()))
    return send_message();
  drop_message();
  return 0;
}

/// @returns zero when the message is whole, or an error number; after EINTR it
///          goes on where it was.
int log_relay_thread::receive_message() noexcept try {
  while (!whole_) {
    if (count_ == frames_.size())
      frames_.emplace_back();
    auto& frame = frames_[count_];
    if (zmq_msg_recv(frame.handle(), backend_.handle(), ZMQ_DONTWAIT) < 0)
      return zmq_errno();
    ++count_;
    whole_ = !frame.more();
  }
  received_.increment();
  return 0;
} catch (const std::bad_alloc&) {
  return ENOMEM;
}

int log_relay_thread::send_message() noexcept {
  auto left = count_;
  for (auto& frame : message()) {
    auto flags = ZMQ_DONTWAIT | (--left > 0 ? ZMQ_SNDMORE : 0);
    while (zmq_msg_send(frame.handle(), frontend_.handle(), flags) < 0)
      if (auto error = zmq_errno(); error != EINTR)
        return error;
  }
  forwarded_.increment();
  count_ = 0;
  whole_ = false;
  return 0;
}

void log_relay_thread::drop_message() noexcept {
  for (auto& frame : message())
    frame.rebuild();
  count_ = 0;
  whole_ = false;
}

/// Sleeps until there may be something to receive, a reader's subscription to
/// note, or a publisher to subscribe to: that is done at once, not with the
/// next event.
/// @returns zero or an error number.
int log_relay_thread::wait() noexcept {
  std::array<pollfd, 3> items{pollfd{backend_.descriptor(), POLLIN, 0},
                              pollfd{frontend_.descriptor(), POLLIN, 0},
                              pollfd{thread_.descriptor(), POLLIN, 0}};
  if (::poll(items.data(), items.size(), -1) < 0)
    return errno == EINTR ? 0 : errno;
  if (items[2].revents != 0)
    thread_.clear();
  if (items[1].revents != 0)
    take_news(frontend_.handle());
  auto has_come = items[0].revents != 0
                  && gathering_.is_worth_it(clock::now(), received_.get())
                  && take_news(backend_.handle());
  return has_come ? gather() : 0;
}

/// Lets others come to the event that is there.
/// @returns zero or an error number.
int log_relay_thread::gather() noexcept {
  pollfd wake{thread_.descriptor(), POLLIN, 0};
  auto patience = static_cast<int>(gathering_.time().count());
  return ::poll(&wake, 1, patience) < 0 && errno != EINTR ? errno : 0;
}

} // namespace rr
