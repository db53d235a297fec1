// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/udp/udp_socket.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "bridges/system/network_interface.hpp"
#include "messages/address.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using endpoint_or_error = caf::expected<udp_endpoint>;
using socket_or_error = caf::expected<file_descriptor>;

template <class T>
int set(int socket, int level, int option, const T& value) noexcept {
  return ::setsockopt(socket, level, option, &value, sizeof value);
}

socket_or_error open_socket(int family, const std::string& what) {
  file_descriptor result{
    ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!result)
    return system_error(what, errno);
  set(result.get(), SOL_SOCKET, SO_RXQ_OVFL, 1);
  // As much as the kernel allows: a stall of this machine is no reason to drop.
  set(result.get(), SOL_SOCKET, SO_RCVBUF, 1 << 20);
  return result;
}

std::string without_brackets(const std::string& host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return host.substr(1, host.size() - 2);
  return host;
}

/// An interface for `IP_MULTICAST_IF` and `IP_ADD_MEMBERSHIP`.
caf::error find_interface(const std::string& interface, ip_mreqn& request) {
  if (interface.empty()
      || ::inet_pton(AF_INET, interface.c_str(), &request.imr_address) == 1)
    return {};
  request.imr_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (request.imr_ifindex == 0)
    return system_error("cannot use interface " + interface, errno);
  return {};
}

in_addr ipv4_of(const udp_endpoint& x) noexcept {
  sockaddr_in result;
  std::memcpy(&result, &x.address, sizeof result);
  return result.sin_addr;
}

} // namespace

host_address udp_endpoint::host() const {
  host_address result;
  if (address.ss_family == AF_INET) {
    auto ip = ipv4_of(*this);
    result.resize(sizeof ip);
    std::memcpy(result.data(), &ip, sizeof ip);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 ip;
    std::memcpy(&ip, &address, sizeof ip);
    result.resize(sizeof ip.sin6_addr);
    std::memcpy(result.data(), &ip.sin6_addr, sizeof ip.sin6_addr);
  }
  return result;
}

bool udp_endpoint::is_multicast() const noexcept {
  return address.ss_family == AF_INET
         && IN_MULTICAST(ntohl(ipv4_of(*this).s_addr));
}

std::string to_string(const udp_endpoint& x) {
  auto host = x.host();
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(x.address.ss_family, host.data(), text, sizeof text);
  in_port_t port = 0;
  // It stands at the same place in both families.
  std::memcpy(&port, reinterpret_cast<const char*>(&x.address) + 2,
              sizeof port);
  auto name = x.address.ss_family == AF_INET6 ? '[' + std::string{text} + ']'
                                              : std::string{text};
  return name + ':' + std::to_string(ntohs(port));
}

endpoint_or_error resolve_udp(const std::string& address,
                              const std::string& verb) {
  auto target = parse_udp_address(address);
  auto fail = [&](const std::string& why) {
    return caf::make_error(ec::bad_configuration,
                           verb + ' ' + address + ": " + why);
  };
  if (!target)
    return fail("it " + udp_address_fault(address));
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_PASSIVE;
  hints.ai_flags |= AI_NUMERICHOST;
  auto any = target->host == "*";
  if (any)
    hints.ai_family = AF_INET;
  addrinfo* found = nullptr;
  auto host = without_brackets(numeric_host(target->host));
  if (host.empty())
    return fail(target->host + " is no interface of this machine");
  if (auto code = ::getaddrinfo(any ? nullptr : host.c_str(),
                                std::to_string(target->port).c_str(), &hints,
                                &found);
      code != 0)
    return fail(as_cause(::gai_strerror(code)));
  udp_endpoint result;
  std::memcpy(&result.address, found->ai_addr, found->ai_addrlen);
  result.size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return result;
}

socket_or_error bind_udp(const std::string& address) {
  auto where = resolve_udp(address, "cannot bind");
  if (!where)
    return where.error();
  auto what = "cannot bind " + address;
  auto result = open_socket(where->address.ss_family, what);
  if (result && ::bind(result->get(), where->get(), where->size) != 0)
    return system_error(what, errno);
  return result;
}

socket_or_error connect_udp_socket(const std::string& address) {
  auto what = "cannot connect to " + address;
  auto where = resolve_udp(resolve_address(address), "cannot connect to");
  if (!where)
    return where.error();
  auto result = open_socket(where->address.ss_family, what);
  if (result && ::connect(result->get(), where->get(), where->size) != 0)
    return system_error(what, errno);
  return result;
}

endpoint_or_error local_endpoint(int socket) {
  udp_endpoint result;
  result.size = sizeof result.address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&result.address),
                    &result.size)
      != 0)
    return system_error("cannot tell a socket's address", errno);
  return result;
}

socket_or_error open_multicast_sender() {
  auto result = open_socket(AF_INET, "cannot open a UDP socket");
  if (!result)
    return result;
  set(result->get(), SOL_SOCKET, SO_BROADCAST, 1);
  set(result->get(), IPPROTO_IP, IP_MULTICAST_TTL, 1);
  set(result->get(), IPPROTO_IP, IP_MULTICAST_LOOP, 1);
  return result;
}

caf::error set_multicast_interface(int socket, const std::string& interface) {
  ip_mreqn request{};
  if (auto what = find_interface(interface, request))
    return what;
  if (set(socket, IPPROTO_IP, IP_MULTICAST_IF, request) != 0)
    return system_error("cannot use interface " + interface, errno);
  return {};
}

socket_or_error bind_multicast(const udp_endpoint& where,
                               const std::string& address) {
  auto what = "cannot bind " + address;
  auto result = open_socket(where.address.ss_family, what);
  if (!result)
    return result;
  set(result->get(), SOL_SOCKET, SO_REUSEADDR, 1);
  set(result->get(), SOL_SOCKET, SO_REUSEPORT, 1);
  // Groups that others on this machine have joined are not this socket's.
  set(result->get(), IPPROTO_IP, IP_MULTICAST_ALL, 0);
  if (::bind(result->get(), where.get(), where.size) != 0)
    return system_error(what, errno);
  return result;
}

caf::error join_group(int socket, const udp_endpoint& group,
                      const std::string& interface) {
  if (!group.is_multicast())
    return {};
  ip_mreqn request{};
  request.imr_multiaddr = ipv4_of(group);
  if (auto what = find_interface(interface, request))
    return what;
  set(socket, IPPROTO_IP, IP_DROP_MEMBERSHIP, request);
  if (set(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, request) != 0)
    return system_error("cannot join " + to_string(group)
                          + (interface.empty() ? "" : " on " + interface),
                        errno);
  return {};
}

caf::error send_datagrams(int socket, const udp_endpoint* to,
                          std::span<const std::vector<uint8_t>> datagrams) {
  std::vector<iovec> parts(datagrams.size());
  std::vector<mmsghdr> headers(datagrams.size());
  for (size_t i = 0; i < datagrams.size(); ++i) {
    parts[i].iov_base = const_cast<uint8_t*>(datagrams[i].data());
    parts[i].iov_len = datagrams[i].size();
    auto& header = headers[i].msg_hdr;
    header.msg_iov = &parts[i];
    header.msg_iovlen = 1;
    if (to != nullptr) {
      header.msg_name = const_cast<sockaddr*>(to->get());
      header.msg_namelen = to->size;
    }
  }
  for (size_t sent = 0; sent < headers.size();) {
    auto n = ::sendmmsg(socket, headers.data() + sent,
                        static_cast<unsigned>(headers.size() - sent),
                        MSG_NOSIGNAL);
    if (n > 0)
      sent += static_cast<size_t>(n);
    else if (errno != EINTR)
      return system_error("cannot send", errno);
  }
  return {};
}

datagram_batch::datagram_batch(size_t largest, size_t capacity)
  : largest_(largest),
    bytes_(largest * capacity),
    control_(control_size * capacity),
    sources_(capacity),
    parts_(capacity),
    headers_(capacity) {
}

size_t datagram_batch::receive(int socket) noexcept {
  for (size_t i = 0; i < headers_.size(); ++i) {
    parts_[i] = {bytes_.data() + i * largest_, largest_};
    auto& header = headers_[i].msg_hdr;
    header = {};
    header.msg_iov = &parts_[i];
    header.msg_iovlen = 1;
    header.msg_name = &sources_[i].address;
    header.msg_namelen = sizeof sources_[i].address;
    header.msg_control = control_.data() + i * control_size;
    header.msg_controllen = control_size;
  }
  auto got = ::recvmmsg(socket, headers_.data(),
                        static_cast<unsigned>(headers_.size()), MSG_DONTWAIT,
                        nullptr);
  if (got <= 0)
    return 0;
  auto count = static_cast<size_t>(got);
  for (size_t i = 0; i < count; ++i) {
    sources_[i].size = headers_[i].msg_hdr.msg_namelen;
    count_overruns(headers_[i].msg_hdr);
  }
  return count;
}

std::span<const std::byte>
datagram_batch::payload(size_t index) const noexcept {
  return {bytes_.data() + index * largest_, headers_[index].msg_len};
}

bool datagram_batch::truncated(size_t index) const noexcept {
  return (headers_[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
}

void datagram_batch::count_overruns(msghdr& header) noexcept {
  for (auto part = CMSG_FIRSTHDR(&header); part != nullptr;
       part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_RXQ_OVFL)
      continue;
    uint32_t now = 0;
    std::memcpy(&now, CMSG_DATA(part), sizeof now);
    // The kernel's counter wraps.
    overruns_ += now - last_overruns_;
    last_overruns_ = now;
  }
}

} // namespace rr
