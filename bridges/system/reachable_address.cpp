// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/reachable_address.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <sys/un.h>

#include <cstring>
#include <memory>

#include "messages/address.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using found_addresses = std::vector<reachable_address>;

caf::error unreachable(const std::string& address, const std::string& why) {
  return system_error_about("cannot reach " + address + ": " + why, address);
}

caf::expected<found_addresses> reach(const std::string& address,
                                     const ipc_address& ipc) {
  reachable_address result{address, address};
  auto& to = reinterpret_cast<sockaddr_un&>(result.to);
  if (ipc.path.size() >= sizeof(to.sun_path))
    return unreachable(address, "the path is longer than 107 bytes");
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, ipc.path.data(), ipc.path.size());
  result.size = sizeof(to);
  return found_addresses{result};
}

/// Which link an address is on counts where it is of one link alone; elsewhere
/// the system's functions refuse to read it.
std::string without_idle_zone(const std::string& host) {
  auto address = host.substr(0, host.find('%'));
  in6_addr binary;
  auto is_idle = ::inet_pton(AF_INET6, address.c_str(), &binary) == 1
                 && !IN6_IS_ADDR_LINKLOCAL(&binary);
  return is_idle ? address : host;
}

/// @param host an address in numbers, without brackets.
/// @returns whether it is one.
bool add_number(found_addresses& all, const std::string& name,
                const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
    return false;
  auto is_ipv6 = found->ai_family == AF_INET6;
  auto& result = all.emplace_back();
  result.name = name;
  result.endpoint = "tcp://" + (is_ipv6 ? '[' + host + ']' : host) + ':' + port;
  std::memcpy(&result.to, found->ai_addr, found->ai_addrlen);
  result.size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return true;
}

/// The addresses of the network interface of that name.
void add_interface(found_addresses& all, const std::string& name,
                   const std::string& interface, const std::string& port) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    return;
  std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner{list, ::freeifaddrs};
  for (auto each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || interface != each->ifa_name)
      continue;
    auto family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6)
      continue;
    char host[NI_MAXHOST];
    auto size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (::getnameinfo(each->ifa_addr, static_cast<socklen_t>(size), host,
                      sizeof(host), nullptr, 0, NI_NUMERICHOST)
        == 0)
      add_number(all, name, host, port);
  }
}

caf::expected<found_addresses> reach(const std::string& address,
                                     const tcp_address& tcp) {
  if (tcp.port == 0)
    return unreachable(address, "its port is not known");
  auto host = tcp.host;
  if (host.starts_with('['))
    host = without_idle_zone(host.substr(1, host.size() - 2));
  auto port = std::to_string(tcp.port);
  found_addresses result;
  if (host == "localhost") {
    add_number(result, address, "127.0.0.1", port);
    add_number(result, address, "::1", port);
  } else if (!add_number(result, address, host, port)) {
    add_interface(result, address, host, port);
  }
  if (result.empty())
    return unreachable(address, host
                                  + " is neither an IP address nor a network "
                                    "interface");
  return result;
}

} // namespace

caf::expected<found_addresses> find_reachable(const std::string& address) {
  auto parsed = parse_zmq_address(resolve_address(address));
  if (!parsed)
    return parsed.error();
  return std::visit([&](const auto& x) { return reach(address, x); }, *parsed);
}

} // namespace rr
