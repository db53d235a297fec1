// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq_channel.hpp"

#include <poll.h>
#include <pthread.h>
#include <zmq.h>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "bridges/channel_socket.hpp"
#include "bridges/incoming_batch.hpp"
#include "bridges/outgoing_queue.hpp"
#include "bridges/receive_window.hpp"
#include "bridges/wake_event.hpp"
#include "bridges/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// Milliseconds until a socket that could not be made is tried again.
constexpr int reopen_interval = 100;

/// The socket belongs to whoever holds the lock: any thread that sends, and
/// the channel's own thread, which alone receives. libzmq tells of new
/// messages by an edge on a descriptor, and a sender may well take that edge
/// away; hence a sender that finds the thread `idle_` looks for messages
/// itself, and wakes it.
///
/// It lives as long as its thread, which the channel's owner may end from
/// without being able to wait for it.
class zmq_link : public std::enable_shared_from_this<zmq_link> {
public:
  zmq_link(void* context, int type, zmq_channel_settings settings,
           channel_listener listener, wake_event wake)
    : context_(context),
      type_(type),
      settings_(std::move(settings)),
      listener_(std::move(listener)),
      wake_(std::move(wake)),
      window_(settings_.window),
      waiting_(settings_) {
  }

  /// Nothing is told to the listener afterwards.
  void end() {
    {
      std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake_.signal();
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else if (thread_.joinable())
      thread_.join();
  }

  caf::error start() {
    if (auto err = open())
      return err;
    try {
      thread_ = std::thread{[self = shared_from_this()] { self->run(); }};
    } catch (const std::system_error& x) {
      return system_error("cannot start a thread for " + settings_.address,
                          x.code().value());
    }
    pthread_setname_np(thread_.native_handle(), "rr-channel");
    return caf::none;
  }

  // As the channel's.

  caf::error send(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t ticket,
                  bool more);

  void flush();

  void release(size_t places) {
    if (window_.release(places))
      wake_.signal();
  }

  bool is_publisher() const noexcept {
    return type_ == ZMQ_PUB;
  }

  channel_counters counters() const {
    std::lock_guard guard{mutex_};
    return counters_;
  }

private:
  // With the lock held.
  caf::error open();
  caf::error keep(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t ticket);
  void reopen();
  void send_waiting(std::vector<uint64_t>& unsent);
  void look_for_messages();
  size_t receive_batch(size_t limit);
  bool prepare_wait();

  // On the channel's own thread.
  void run() noexcept;
  bool serve();
  void wait();

  void* context_;
  int type_;
  zmq_channel_settings settings_;
  channel_listener listener_;
  wake_event wake_;
  receive_window window_;

  mutable std::mutex mutex_;
  channel_socket socket_;
  outgoing_queue waiting_;
  channel_counters counters_;
  /// Whether the thread counts on the descriptor to tell of new messages.
  bool idle_ = false;
  bool stopping_ = false;

  // The thread's own.
  incoming_batch batch_;
  int polled_ = -1;
  int poll_timeout_ = -1;
  std::thread thread_;
};

caf::error zmq_link::open() {
  auto socket = channel_socket::connect(context_, type_, settings_);
  if (!socket)
    return socket.error();
  socket_ = std::move(*socket);
  return caf::none;
}

caf::error zmq_link::send(std::string_view recipient,
                          std::span<const std::byte> payload, uint64_t ticket,
                          bool more) {
  std::lock_guard guard{mutex_};
  if (!socket_)
    if (auto err = open())
      return err;
  if (!waiting_.empty())
    return keep(recipient, payload, ticket);
  switch (socket_.send(recipient, payload)) {
    case transmission::done:
      ++counters_.sent;
      break;
    case transmission::full:
      return keep(recipient, payload, ticket);
    case transmission::refused:
      return zmq_error("cannot send by", settings_.address, zmq_errno());
  }
  if (!more)
    look_for_messages();
  return caf::none;
}

void zmq_link::flush() {
  std::lock_guard guard{mutex_};
  look_for_messages();
}

/// Does what the edge would have done that a send may have taken away.
void zmq_link::look_for_messages() {
  if (!idle_ || !socket_ || (socket_.events() & ZMQ_POLLIN) == 0)
    return;
  idle_ = false;
  wake_.signal();
}

caf::error zmq_link::keep(std::string_view recipient,
                          std::span<const std::byte> payload, uint64_t ticket) {
  if (!waiting_.may_wait()) {
    ++counters_.unsent;
    reopen();
    return caf::make_error(ec::overloaded,
                           settings_.address + " takes no more messages");
  }
  if (auto err = waiting_.add(recipient, payload, ticket, clock::now()))
    return err;
  wake_.signal();
  return caf::none;
}

void zmq_link::reopen() {
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
void zmq_link::send_waiting(std::vector<uint64_t>& unsent) {
  if (!socket_ && open())
    socket_.reset();
  auto reopened = false;
  auto now = clock::now();
  while (!waiting_.empty()) {
    const auto& next = waiting_.front();
    auto overdue = next.deadline && *next.deadline <= now;
    auto result = socket_ ? socket_.send(next.recipient, next.payload)
                          : transmission::full;
    if (result == transmission::done)
      ++counters_.sent;
    if (result == transmission::full && !overdue)
      return;
    if (result == transmission::full) {
      ++counters_.unsent;
      unsent.push_back(next.ticket);
      if (!std::exchange(reopened, true))
        reopen();
    }
    waiting_.pop();
  }
}

size_t zmq_link::receive_batch(size_t limit) {
  if (!socket_)
    return 0;
  if (type_ == ZMQ_PUB) {
    // Nothing to receive, but subscriptions to take note of.
    socket_.events();
    return 0;
  }
  auto outcome = batch_.receive(socket_, limit, counters_);
  stopping_ = stopping_ || outcome == reception::closed;
  return batch_.size();
}

/// Decides what to wait for.
/// @returns whether there is something to send already.
bool zmq_link::prepare_wait() {
  polled_ = socket_ ? socket_.descriptor() : -1;
  poll_timeout_ = -1;
  if (waiting_.empty()) {
    // While the window is closed, what arrives is none of our business.
    if (!idle_)
      polled_ = -1;
    return false;
  }
  if (socket_ && (socket_.events() & ZMQ_POLLOUT) != 0)
    return true;
  poll_timeout_ = socket_ ? waiting_.time_left(clock::now()) : reopen_interval;
  return false;
}

void zmq_link::run() noexcept {
  if (listener_.owner_may_run)
    listener_.owner_may_run();
  while (serve())
    wait();
}

/// Sends and receives until there is nothing more to do.
/// @returns whether to go on.
bool zmq_link::serve() {
  std::vector<uint64_t> unsent;
  for (;;) {
    auto limit = std::min(window_.free(), incoming_batch::capacity);
    size_t count = 0;
    auto again = false;
    {
      std::lock_guard guard{mutex_};
      if (stopping_)
        return false;
      if (!waiting_.empty())
        send_waiting(unsent);
      count = receive_batch(limit);
      // Until the socket is empty: what comes meanwhile needs no edge.
      idle_ = count == 0 && limit > 0;
      again = prepare_wait() || count > 0;
    }
    for (auto ticket : std::exchange(unsent, {}))
      listener_.unsent(ticket);
    window_.take(count);
    batch_.hand_over(listener_);
    if (!again)
      return true;
  }
}

void zmq_link::wait() {
  std::array<pollfd, 2> polled{
    pollfd{wake_.descriptor(), POLLIN, 0},
    pollfd{polled_, POLLIN, 0},
  };
  ::poll(polled.data(), polled_ < 0 ? 1 : 2, poll_timeout_);
  if (polled[0].revents != 0)
    wake_.clear();
}

/// What the owner holds.
class zmq_channel final : public message_channel {
public:
  explicit zmq_channel(std::shared_ptr<zmq_link> link)
    : link_(std::move(link)) {
  }

  ~zmq_channel() override {
    link_->end();
  }

  caf::error send(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t ticket,
                  bool more) override {
    return link_->send(recipient, payload, ticket, more);
  }

  void flush() override {
    link_->flush();
  }

  void release(size_t places) override {
    link_->release(places);
  }

  addressing addressed_by() const noexcept override {
    return link_->is_publisher() ? addressing::topic : addressing::identity;
  }

  channel_counters counters() const override {
    return link_->counters();
  }

private:
  std::shared_ptr<zmq_link> link_;
};

caf::expected<std::unique_ptr<message_channel>>
connect(zmq::context_t& context, int type, zmq_channel_settings settings,
        channel_listener listener) {
  auto wake = wake_event::make();
  if (!wake)
    return wake.error();
  auto link = std::make_shared<zmq_link>(context.handle(), type,
                                         std::move(settings),
                                         std::move(listener), std::move(*wake));
  if (auto err = link->start())
    return err;
  return std::unique_ptr<message_channel>{
    std::make_unique<zmq_channel>(std::move(link))};
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
