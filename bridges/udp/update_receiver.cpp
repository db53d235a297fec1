// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/udp/update_receiver.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>

#include <algorithm>
#include <array>

#include "messages/error.hpp"

namespace rr {

namespace {

/// Readable whenever an interface or an address of one comes or goes.
file_descriptor watch_interfaces() noexcept {
  file_descriptor result{::socket(
    AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR;
  if (result
      && ::bind(result.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address)
           != 0)
    result.reset();
  return result;
}

} // namespace

caf::expected<std::unique_ptr<update_receiver>>
update_receiver::make(const std::string& address,
                      const std::string& interface) {
  auto group = resolve_udp(address, "cannot join");
  if (!group)
    return group.error();
  auto socket = bind_multicast(*group, address);
  if (!socket)
    return socket.error();
  // Before the first join: nothing may change unseen.
  auto news = watch_interfaces();
  if (auto failed = join_group(socket->get(), *group, interface))
    return failed;
  return std::unique_ptr<update_receiver>{new update_receiver{
    *group, interface, std::move(*socket), std::move(news)}};
}

update_receiver::update_receiver(udp_endpoint group, std::string interface,
                                 file_descriptor socket, file_descriptor news)
  : group_(group),
    interface_(std::move(interface)),
    socket_(std::move(socket)),
    news_(std::move(news)) {
}

bool update_receiver::wait(
  int other, short events,
  std::optional<std::chrono::nanoseconds> longest) const noexcept {
  std::array<pollfd, 3> polled{
    pollfd{socket_.get(), POLLIN, 0},
    pollfd{news_.get(), POLLIN, 0},
    pollfd{other, events, 0},
  };
  timespec left{};
  if (longest) {
    auto span = std::max(*longest, std::chrono::nanoseconds{0});
    auto seconds = std::chrono::floor<std::chrono::seconds>(span);
    left.tv_sec = seconds.count();
    left.tv_nsec = static_cast<long>((span - seconds).count());
  }
  ::ppoll(polled.data(), polled.size(), longest ? &left : nullptr, nullptr);
  return polled[2].revents != 0;
}

void update_receiver::receive(const update_listener& listener) {
  rejoin_after_news();
  auto count = batch_.receive(socket_.get());
  for (size_t i = 0; i < count; ++i)
    take(i, listener);
  status_.overruns = batch_.overruns();
}

/// A join that fails is tried again with the next news.
void update_receiver::rejoin_after_news() noexcept {
  std::array<std::byte, 8192> ignored;
  auto any = false;
  while (news_ && ::recv(news_.get(), ignored.data(), ignored.size(), 0) > 0)
    any = true;
  if (any) [[maybe_unused]]
    auto failed = join_group(socket_.get(), group_, interface_);
}

void update_receiver::take(size_t index, const update_listener& listener) {
  auto update = decode_update(batch_.payload(index));
  auto source = to_string(batch_.source(index));
  if (update) {
    ++status_.received;
    listener.received(source, *update);
    return;
  }
  ++status_.malformed;
  if (listener.malformed)
    listener.malformed(source, describe(update.error()));
}

} // namespace rr
