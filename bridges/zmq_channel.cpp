// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq_channel.hpp"

#include <poll.h>
#include <pthread.h>
#include <zmq.h>

#include <array>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "bridges/receive_window.hpp"
#include "bridges/wake_event.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int linger = 200;
constexpr int64_t default_send_timeout = 1000;
/// Payloads that may wait for a socket that is full.
constexpr size_t max_waiting = 1000;
/// Milliseconds until a socket that could not be made is tried again.
constexpr int reopen_interval = 100;
/// Messages taken from the socket before any is handed over: the lock is held
/// for a few microseconds at most.
constexpr size_t batch_size = 32;

struct close_socket {
  void operator()(void* socket) const noexcept {
    zmq_close(socket);
  }
};

using socket_ptr = std::unique_ptr<void, close_socket>;

caf::error zmq_failure(std::string what) {
  what += ": ";
  what += zmq_strerror(zmq_errno());
  return caf::make_error(ec::system_error, std::move(what));
}

int events_of(void* socket) {
  int result = 0;
  size_t size = sizeof result;
  return zmq_getsockopt(socket, ZMQ_EVENTS, &result, &size) == 0 ? result : 0;
}

int descriptor_of(void* socket) {
  int result = -1;
  size_t size = sizeof result;
  return zmq_getsockopt(socket, ZMQ_FD, &result, &size) == 0 ? result : -1;
}

int64_t send_timeout(const socket_options& options) {
  auto found = options.find("SNDTIMEO");
  auto value = found == options.end() ? nullptr
                                      : std::get_if<int64_t>(&found->second);
  return value ? *value : default_send_timeout;
}

caf::expected<socket_ptr> open_socket(void* context, int type,
                                      const zmq_channel_settings& settings) {
  auto socket = socket_ptr{zmq_socket(context, type)};
  if (!socket)
    return zmq_failure("cannot make a socket for " + settings.address);
  zmq_setsockopt(socket.get(), ZMQ_LINGER, &linger, sizeof linger);
  if (type == ZMQ_DEALER) {
    int on = 1;
    zmq_setsockopt(socket.get(), ZMQ_PROBE_ROUTER, &on, sizeof on);
    const auto& name = settings.identity;
    if (!name.empty()
        && zmq_setsockopt(socket.get(), ZMQ_ROUTING_ID, name.data(),
                          name.size())
             != 0)
      return caf::make_error(ec::bad_configuration,
                             "identity " + name + ": must have 1 to 255 bytes");
  }
  if (auto err = apply(socket.get(), settings.options))
    return err;
  if (zmq_connect(socket.get(), settings.address.c_str()) != 0) {
    auto bad_address = zmq_errno() == EINVAL || zmq_errno() == EPROTONOSUPPORT;
    auto err = zmq_failure("cannot connect to " + settings.address);
    return bad_address ? caf::make_error(ec::bad_configuration, describe(err))
                       : err;
  }
  return socket;
}

/// A message as it came: the first two frames, and how many there were.
struct incoming {
  zmq::message_t sender;
  zmq::message_t payload;
  size_t frames = 0;
};

/// A message that found the socket full.
struct outgoing {
  std::string recipient;
  std::vector<std::byte> payload;
  uint64_t ticket;
  std::optional<clock::time_point> deadline;
};

enum class transmission { done, full, refused };

/// The socket belongs to whoever holds the lock: any thread that sends, and
/// the channel's own thread, which alone receives. libzmq tells of new
/// messages by an edge on a descriptor, and a sender may well take that edge
/// away; hence a sender that finds the thread `idle_` looks for messages
/// itself, and wakes it.
class zmq_channel final : public message_channel {
public:
  zmq_channel(void* context, int type, zmq_channel_settings settings,
              channel_listener listener, wake_event wake)
    : context_(context),
      type_(type),
      settings_(std::move(settings)),
      send_timeout_(send_timeout(settings_.options)),
      listener_(std::move(listener)),
      wake_(std::move(wake)),
      window_(settings_.window) {
  }

  ~zmq_channel() override {
    {
      std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake_.signal();
    if (thread_.joinable())
      thread_.join();
  }

  caf::error start() {
    if (auto err = open())
      return err;
    try {
      thread_ = std::thread{[this] { run(); }};
    } catch (const std::system_error& x) {
      return system_error("cannot start a thread for " + settings_.address,
                          x.code().value());
    }
    pthread_setname_np(thread_.native_handle(), "rr-channel");
    return caf::none;
  }

  caf::error send(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t ticket) override;

  void release(size_t places) override {
    if (window_.release(places))
      wake_.signal();
  }

  addressing addressed_by() const noexcept override {
    return type_ == ZMQ_PUB ? addressing::topic : addressing::identity;
  }

  channel_counters counters() const override {
    std::lock_guard guard{mutex_};
    return counters_;
  }

private:
  // With the lock held.
  caf::error open();
  transmission transmit(std::string_view recipient,
                        std::span<const std::byte> payload);
  caf::error keep(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t ticket);
  void reopen();
  void flush(std::vector<uint64_t>& unsent);
  bool receive(incoming& message);
  size_t receive_batch(size_t limit);
  bool prepare_wait();

  // On the channel's own thread.
  void run() noexcept;
  bool serve();
  void hand_over(size_t count);
  void wait();

  void* context_;
  int type_;
  zmq_channel_settings settings_;
  int64_t send_timeout_;
  channel_listener listener_;
  wake_event wake_;
  receive_window window_;

  mutable std::mutex mutex_;
  socket_ptr socket_;
  std::deque<outgoing> waiting_;
  channel_counters counters_;
  /// Whether the thread counts on the descriptor to tell of new messages.
  bool idle_ = false;
  bool stopping_ = false;

  // The thread's own.
  std::array<incoming, batch_size> batch_;
  int polled_ = -1;
  int poll_timeout_ = -1;
  std::thread thread_;
};

caf::error zmq_channel::open() {
  auto socket = open_socket(context_, type_, settings_);
  if (!socket)
    return socket.error();
  socket_ = std::move(*socket);
  return caf::none;
}

caf::error zmq_channel::send(std::string_view recipient,
                             std::span<const std::byte> payload,
                             uint64_t ticket) {
  std::lock_guard guard{mutex_};
  if (!socket_)
    if (auto err = open())
      return err;
  if (!waiting_.empty())
    return keep(recipient, payload, ticket);
  switch (transmit(recipient, payload)) {
    case transmission::done:
      break;
    case transmission::full:
      return keep(recipient, payload, ticket);
    case transmission::refused:
      return zmq_failure("cannot send by " + settings_.address);
  }
  if (idle_ && (events_of(socket_.get()) & ZMQ_POLLIN) != 0) {
    idle_ = false;
    wake_.signal();
  }
  return caf::none;
}

transmission zmq_channel::transmit(std::string_view recipient,
                                   std::span<const std::byte> payload) {
  auto sent = zmq_send(socket_.get(), recipient.data(), recipient.size(),
                       ZMQ_SNDMORE | ZMQ_DONTWAIT);
  if (sent >= 0)
    sent = zmq_send(socket_.get(), payload.data(), payload.size(),
                    ZMQ_DONTWAIT);
  if (sent >= 0) {
    ++counters_.sent;
    return transmission::done;
  }
  return zmq_errno() == EAGAIN ? transmission::full : transmission::refused;
}

caf::error zmq_channel::keep(std::string_view recipient,
                             std::span<const std::byte> payload,
                             uint64_t ticket) {
  if (send_timeout_ == 0) {
    ++counters_.unsent;
    reopen();
    return caf::make_error(ec::overloaded,
                           settings_.address + " takes no more messages");
  }
  if (waiting_.size() >= max_waiting)
    return caf::make_error(ec::overloaded,
                           "too many messages wait for " + settings_.address);
  outgoing kept{std::string{recipient},
                {payload.begin(), payload.end()},
                ticket,
                std::nullopt};
  if (send_timeout_ > 0)
    kept.deadline = clock::now() + milliseconds{send_timeout_};
  waiting_.push_back(std::move(kept));
  wake_.signal();
  return caf::none;
}

void zmq_channel::reopen() {
  // The new socket's identity has to be free at this end.
  socket_.reset();
  ++counters_.reopened;
  if (open())
    socket_.reset();
  idle_ = false;
  wake_.signal();
}

/// Sends what waits. What has waited for too long is given up, and the socket
/// with it.
void zmq_channel::flush(std::vector<uint64_t>& unsent) {
  if (!socket_ && open())
    socket_.reset();
  auto reopened = false;
  auto now = clock::now();
  while (!waiting_.empty()) {
    const auto& next = waiting_.front();
    auto overdue = next.deadline && *next.deadline <= now;
    auto full = !socket_
                || transmit(next.recipient, next.payload) == transmission::full;
    if (full && !overdue)
      return;
    if (full) {
      ++counters_.unsent;
      unsent.push_back(next.ticket);
      if (!std::exchange(reopened, true))
        reopen();
    }
    waiting_.pop_front();
  }
}

/// Takes one message from the socket.
/// @returns false when there is none.
bool zmq_channel::receive(incoming& message) {
  message.frames = 0;
  if (zmq_msg_recv(message.sender.handle(), socket_.get(), ZMQ_DONTWAIT) < 0) {
    stopping_ = stopping_ || zmq_errno() == ETERM || zmq_errno() == ENOTSOCK;
    return false;
  }
  message.frames = 1;
  zmq::message_t surplus;
  auto more = message.sender.more();
  while (more) {
    auto& frame = message.frames == 1 ? message.payload : surplus;
    if (zmq_msg_recv(frame.handle(), socket_.get(), ZMQ_DONTWAIT) < 0)
      break;
    ++message.frames;
    more = frame.more();
  }
  return true;
}

size_t zmq_channel::receive_batch(size_t limit) {
  if (!socket_)
    return 0;
  if (type_ == ZMQ_PUB) {
    // Nothing to receive, but subscriptions to take note of.
    events_of(socket_.get());
    return 0;
  }
  size_t result = 0;
  while (result < limit && receive(batch_[result])) {
    // A lone empty frame is a router's own probe.
    if (batch_[result].frames == 1 && batch_[result].sender.size() == 0)
      continue;
    if (batch_[result].frames != 2)
      ++counters_.malformed;
    ++result;
  }
  counters_.received += result;
  return result;
}

/// Decides what to wait for.
/// @returns whether there is something to send already.
bool zmq_channel::prepare_wait() {
  polled_ = socket_ ? descriptor_of(socket_.get()) : -1;
  poll_timeout_ = -1;
  if (waiting_.empty()) {
    // While the window is closed, what arrives is none of our business.
    if (!idle_)
      polled_ = -1;
    return false;
  }
  if (socket_ && (events_of(socket_.get()) & ZMQ_POLLOUT) != 0)
    return true;
  if (!socket_) {
    poll_timeout_ = reopen_interval;
  } else if (auto deadline = waiting_.front().deadline) {
    auto left = std::chrono::ceil<milliseconds>(*deadline - clock::now());
    poll_timeout_ = static_cast<int>(std::max(left.count(), int64_t{0}));
  }
  return false;
}

void zmq_channel::run() noexcept {
  while (serve())
    wait();
}

/// Sends and receives until there is nothing more to do.
/// @returns whether to go on.
bool zmq_channel::serve() {
  std::vector<uint64_t> unsent;
  for (;;) {
    auto limit = std::min(window_.free(), batch_size);
    size_t count = 0;
    auto again = false;
    {
      std::lock_guard guard{mutex_};
      if (stopping_)
        return false;
      if (!waiting_.empty())
        flush(unsent);
      count = receive_batch(limit);
      idle_ = count < limit;
      again = prepare_wait() || (count == limit && limit > 0);
    }
    for (auto ticket : std::exchange(unsent, {}))
      listener_.unsent(ticket);
    hand_over(count);
    if (!again)
      return true;
  }
}

void zmq_channel::hand_over(size_t count) {
  window_.take(count);
  for (size_t i = 0; i < count; ++i) {
    auto& [sender, payload, frames] = batch_[i];
    if (frames == 2)
      listener_.received(sender.to_string_view(),
                         {payload.data<std::byte>(), payload.size()});
    else
      listener_.malformed(std::to_string(frames) + " frames, expected 2");
    sender.rebuild();
    payload.rebuild();
  }
  if (count > 0 && listener_.batch_ended)
    listener_.batch_ended();
}

void zmq_channel::wait() {
  std::array<pollfd, 2> polled{
    pollfd{wake_.descriptor(), POLLIN, 0},
    pollfd{polled_, POLLIN, 0},
  };
  ::poll(polled.data(), polled_ < 0 ? 1 : 2, poll_timeout_);
  if (polled[0].revents != 0)
    wake_.clear();
}

caf::expected<std::unique_ptr<message_channel>>
connect(zmq::context_t& context, int type, zmq_channel_settings settings,
        channel_listener listener) {
  auto wake = wake_event::make();
  if (!wake)
    return wake.error();
  auto result
    = std::make_unique<zmq_channel>(context.handle(), type, std::move(settings),
                                    std::move(listener), std::move(*wake));
  if (auto err = result->start())
    return err;
  return std::unique_ptr<message_channel>{std::move(result)};
}

} // namespace

caf::expected<std::unique_ptr<message_channel>>
connect_dealer(zmq::context_t& context, zmq_channel_settings settings,
               channel_listener listener) {
  return connect(context, ZMQ_DEALER, std::move(settings), std::move(listener));
}

caf::expected<std::unique_ptr<message_channel>>
connect_publisher(zmq::context_t& context, zmq_channel_settings settings,
                  channel_listener listener) {
  return connect(context, ZMQ_PUB, std::move(settings), std::move(listener));
}

} // namespace rr
