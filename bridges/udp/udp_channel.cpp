// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/udp/udp_channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <vector>

#include "bridges/call/receive_window.hpp"
#include "bridges/system/woken_thread.hpp"
#include "bridges/udp/udp_socket.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr size_t largest_datagram = 65535;

class udp_channel final : public message_channel {
public:
  /// @param has_peers whether it is bound, and not connected to one peer.
  udp_channel(std::string address, bool has_peers, file_descriptor socket,
              channel_listener listener, size_t window)
    : address_(std::move(address)),
      has_peers_(has_peers),
      socket_(std::move(socket)),
      listener_(std::move(listener)),
      window_(window) {
  }

  caf::error start() {
    return thread_.start("rr-udp-channel",
                         "cannot start a thread for " + address_,
                         [this] { run(); });
  }

  caf::error send(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t, bool) override {
    udp_endpoint to;
    if (has_peers_) {
      auto found = resolve_udp("udp://" + std::string{recipient},
                               "cannot send to");
      if (!found)
        return std::move(found.error());
      to = *found;
    }
    auto sent = ::sendto(socket_.get(), payload.data(), payload.size(),
                         MSG_NOSIGNAL, has_peers_ ? to.get() : nullptr,
                         to.size);
    // A refusal here was the answer to an earlier datagram: nobody listens yet.
    if (sent >= 0 || errno == ECONNREFUSED) {
      ++sent_;
      return caf::none;
    }
    if (errno == EAGAIN || errno == ENOBUFS)
      return caf::make_error(ec::overloaded,
                             address_ + " takes no more datagrams");
    return system_error("cannot send to " + address_, errno);
  }

  void release(size_t places) override {
    if (window_.release(places))
      thread_.wake();
  }

  addressing addressed_by() const noexcept override {
    return has_peers_ ? addressing::identity : addressing::single_peer;
  }

  channel_counters counters() const override {
    channel_counters result;
    result.sent = sent_;
    result.received = received_;
    return result;
  }

private:
  void run() noexcept {
    while (!thread_.stopping()) {
      auto open = window_.free() > 0;
      std::array<pollfd, 2> polled{
        pollfd{thread_.descriptor(), POLLIN, 0},
        pollfd{socket_.get(), POLLIN, 0},
      };
      ::poll(polled.data(), open ? 2 : 1, -1);
      if (polled[0].revents != 0)
        thread_.clear();
      if (open && polled[1].revents != 0)
        receive();
      if (open && listener_.batch_ended)
        listener_.batch_ended();
    }
  }

  void receive() noexcept {
    while (!thread_.stopping() && window_.free() > 0) {
      udp_endpoint from;
      from.size = sizeof from.address;
      auto size = ::recvfrom(socket_.get(), buffer_.data(), buffer_.size(), 0,
                             reinterpret_cast<sockaddr*>(&from.address),
                             &from.size);
      if (size < 0)
        return;
      ++received_;
      window_.take(1);
      listener_.received(has_peers_ ? to_string(from) : std::string{},
                         {buffer_.data(), static_cast<size_t>(size)});
    }
  }

  std::string address_;
  bool has_peers_;
  file_descriptor socket_;
  channel_listener listener_;
  receive_window window_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(largest_datagram);
  std::atomic<uint64_t> sent_{0};
  std::atomic<uint64_t> received_{0};
  woken_thread thread_;
};

caf::expected<std::unique_ptr<message_channel>>
start_channel(const std::string& address, bool has_peers,
              caf::expected<file_descriptor> socket, channel_listener listener,
              size_t window) {
  if (!socket)
    return std::move(socket.error());
  auto result = std::make_unique<udp_channel>(
    address, has_peers, std::move(*socket), std::move(listener), window);
  if (auto err = result->start())
    return err;
  return std::unique_ptr<message_channel>{std::move(result)};
}

} // namespace

caf::expected<std::unique_ptr<message_channel>>
connect_udp(const std::string& address, channel_listener listener,
            size_t window) {
  return start_channel(address, false, connect_udp_socket(address),
                       std::move(listener), window);
}

caf::expected<std::unique_ptr<message_channel>>
bind_udp_channel(const std::string& address, channel_listener listener,
                 size_t window) {
  return start_channel(address, true, bind_udp(address), std::move(listener),
                       window);
}

} // namespace rr
