// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include <zmq.hpp>

#include "bridges/call/channel_socket.hpp"
#include "bridges/call/incoming_batch.hpp"
#include "bridges/call/outgoing_queue.hpp"
#include "bridges/call/receive_window.hpp"
#include "bridges/call/zmq_channel.hpp"
#include "bridges/system/start_thread.hpp"
#include "bridges/system/wake_event.hpp"

namespace rr {

/// What is behind a channel over ZMQ: one socket, and a thread that receives.
///
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
  zmq_link(zmq::context_t& context, zmq::socket_type type,
           zmq_channel_settings settings, channel_listener listener,
           wake_event wake)
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
    return start_thread(thread_, "rr-channel",
                        "cannot start a thread for " + settings_.address,
                        [self = shared_from_this()] { self->run(); });
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

  bool has_peers() const noexcept {
    return type_ == zmq::socket_type::dealer;
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

  zmq::context_t& context_;
  zmq::socket_type type_;
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

} // namespace rr
