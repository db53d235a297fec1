// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/zmq_link.hpp"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <utility>

#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// Milliseconds until a socket that could not be made is tried again.
constexpr int reopen_interval = 100;

} // namespace

caf::error zmq_link::open() {
  auto socket = channel_socket::open(context_, type_, settings_);
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
  if (type_ == zmq::socket_type::pub) {
    // Nothing to receive, but subscriptions to take note of.
    socket_.events();
    return 0;
  }
  auto outcome = batch_.receive(socket_, limit, counters_);
  stopping_ = stopping_ || outcome == reception::closed;
  return batch_.size();
}

/// Decides what to wait for.
/// @returns whether there is something to send or to receive already.
bool zmq_link::prepare_wait() {
  polled_ = socket_ ? socket_.descriptor() : -1;
  poll_timeout_ = -1;
  if (waiting_.empty()) {
    // While the window is closed, what arrives is none of our business.
    if (!idle_)
      polled_ = -1;
    return false;
  }
  // The look takes an edge away, and with it what tells of a new message.
  auto due = idle_ ? ZMQ_POLLOUT | ZMQ_POLLIN : ZMQ_POLLOUT;
  if (socket_ && (socket_.events() & due) != 0)
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

} // namespace rr
