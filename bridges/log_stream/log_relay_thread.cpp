// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/log_relay_thread.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <utility>

#include "bridges/system/start_thread.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// Messages before the thread looks whether it is to stop.
constexpr int batch_size = 256;

/// How long what publishers have sent may take to be forwarded at the end.
constexpr auto rest_time = std::chrono::milliseconds{100};

/// Frames up to this size, in bytes, libzmq hands over as a part of the 8 KiB
/// that it has read: one that waits for a reader keeps all of that.
constexpr size_t small_size = 4096;

/// One message of so many is followed until libzmq lets go of it. While more
/// than a few of those wait, a reader lags, and small frames are copied.
constexpr uint64_t sample_interval = 128;
constexpr size_t max_waiting_samples = 8;

/// Up to this size libzmq has copied them itself.
constexpr size_t tiny_size = 32;

/// More events than this in the time of a gathering, on average over so many
/// times it, come together by themselves: to gather them would only hold them
/// up. Shorter pauses among many are no silence.
constexpr uint64_t dense_count = 20;
constexpr int dense_window = 10;

bool is_small(const zmq_msg_t* frame) noexcept {
  return zmq_msg_size(frame) <= small_size;
}

/// Has a small frame hold nothing but itself.
void compact(zmq_msg_t* frame) noexcept {
  auto size = zmq_msg_size(frame);
  zmq_msg_t copy;
  if (size <= tiny_size || size > small_size
      || zmq_msg_init_size(&copy, size) != 0)
    return;
  std::memcpy(zmq_msg_data(&copy), zmq_msg_data(frame), size);
  zmq_msg_move(frame, &copy);
}

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
  auto wake = wake_event::make();
  if (!wake)
    return wake.error();
  std::unique_ptr<log_relay_thread> result{new log_relay_thread{
    std::move(*frontend), std::move(*backend), std::move(*wake),
    settings.waiting_bytes, settings.gathering, std::move(listener)}};
  if (auto err = start_thread(result->thread_, "rr-log-relay",
                              "cannot start the log forwarder",
                              [self = result.get()] { self->run(); }))
    return err;
  return result;
}

log_relay_thread::log_relay_thread(bound_socket frontend, bound_socket backend,
                                   wake_event wake, size_t max_waiting_bytes,
                                   std::chrono::milliseconds gathering,
                                   log_failure_listener listener)
  : frontend_(std::move(frontend)),
    backend_(std::move(backend)),
    wake_(std::move(wake)),
    listener_(std::move(listener)),
    gathering_(gathering),
    waiting_bytes_(std::make_shared<waiting_total>(max_waiting_bytes)),
    waiting_samples_(std::make_shared<waiting_total>(max_waiting_samples)) {
}

log_relay_thread::~log_relay_thread() {
  stopping_ = true;
  wake_.signal();
  if (thread_.joinable())
    thread_.join();
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
  while (!stopping_) {
    if (auto error = forward_batch(dry); error != 0)
      return error;
    if (dry)
      if (auto error = wait(); error != 0)
        return error;
  }
  return forward_rest();
}

int log_relay_thread::forward_rest() noexcept {
  auto deadline = clock::now() + rest_time;
  auto dry = false;
  while (!dry && clock::now() < deadline)
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

/// Has what may wait for readers keep as little as it can.
/// @returns false when too much waits already.
bool log_relay_thread::make_ready_to_wait() noexcept {
  if (!waiting_samples_->has_room(1))
    for (auto& frame : message())
      compact(frame.handle());
  if (received_.get() % sample_interval == 0)
    if (auto* last = message().back().handle(); is_small(last))
      waiting_samples_->count(last, 1);
  return count_large_frames();
}

/// @returns false when too much waits already.
bool log_relay_thread::count_large_frames() noexcept {
  size_t large = 0;
  for (auto& frame : message())
    if (!is_small(frame.handle()))
      large += frame.size();
  if (large == 0)
    return true;
  if (!waiting_bytes_->has_room(large))
    return false;
  return std::ranges::all_of(message(), [this](zmq::message_t& frame) {
    return is_small(frame.handle())
           || waiting_bytes_->count(frame.handle(), frame.size());
  });
}

/// @returns zero or an error number; after EINTR it goes on where it was.
int log_relay_thread::forward_message() noexcept {
  if (auto error = receive_message(); error != 0)
    return error;
  if (make_ready_to_wait())
    return send_message();
  drop_message();
  return 0;
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
                              pollfd{wake_.descriptor(), POLLIN, 0}};
  if (::poll(items.data(), items.size(), -1) < 0)
    return errno == EINTR ? 0 : errno;
  if (items[1].revents != 0)
    take_news(frontend_.handle());
  if (items[0].revents == 0 || is_dense() || !take_news(backend_.handle()))
    return 0;
  return gather();
}

/// Lets others come to the event that is there.
/// @returns zero or an error number.
int log_relay_thread::gather() noexcept {
  pollfd wake{wake_.descriptor(), POLLIN, 0};
  auto patience = static_cast<int>(gathering_.count());
  return ::poll(&wake, 1, patience) < 0 && errno != EINTR ? errno : 0;
}

/// @returns whether events come too fast for it to be worth gathering them.
bool log_relay_thread::is_dense() noexcept {
  auto now = clock::now();
  if (now - density_time_ < dense_window * gathering_)
    return dense_;
  auto received = received_.get();
  dense_ = (received - density_count_) * gathering_
           > dense_count * (now - density_time_);
  density_time_ = now;
  density_count_ = received;
  return dense_;
}

} // namespace rr
