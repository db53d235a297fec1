// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/network_interface.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>

namespace rr {

namespace {

struct free_addresses {
  void operator()(ifaddrs* x) const noexcept {
    ::freeifaddrs(x);
  }
};

/// `127.0.0.1`, `[::1]`, `[fe80::1%eth0]`; nothing of another family.
std::string host_of(const ifaddrs& x) {
  char text[INET6_ADDRSTRLEN] = "";
  if (x.ifa_addr == nullptr)
    return {};
  if (x.ifa_addr->sa_family == AF_INET) {
    sockaddr_in address;
    std::memcpy(&address, x.ifa_addr, sizeof address);
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    return text;
  }
  if (x.ifa_addr->sa_family != AF_INET6)
    return {};
  sockaddr_in6 address;
  std::memcpy(&address, x.ifa_addr, sizeof address);
  ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
  auto zone = IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)
                ? '%' + std::string{x.ifa_name}
                : std::string{};
  return '[' + std::string{text} + zone + ']';
}

/// Calls `f` with each address until it returns true.
template <class F>
bool any_address(F f) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    return false;
  std::unique_ptr<ifaddrs, free_addresses> owner{list};
  for (auto each = list; each != nullptr; each = each->ifa_next)
    if (f(*each))
      return true;
  return false;
}

bool is_number(std::string_view host) {
  in_addr ignored;
  return host == "*" || host.starts_with('[')
         || ::inet_pton(AF_INET, std::string{host}.c_str(), &ignored) == 1;
}

} // namespace

std::string numeric_host(std::string_view host) {
  if (is_number(host))
    return std::string{host};
  if (host == "localhost")
    return "127.0.0.1";
  std::string result;
  any_address([&](const ifaddrs& x) {
    if (x.ifa_name != host)
      return false;
    auto found = host_of(x);
    if (result.empty() || !found.starts_with('['))
      result = found.empty() ? result : found;
    return !result.empty() && !result.starts_with('[');
  });
  return result;
}

bool has_interface(std::string_view name) {
  return ::if_nametoindex(std::string{name}.c_str()) != 0;
}

std::string outside_host() {
  std::string result = "127.0.0.1";
  any_address([&](const ifaddrs& x) {
    auto is_outside = x.ifa_addr && x.ifa_addr->sa_family == AF_INET
                      && (x.ifa_flags & IFF_UP) != 0
                      && (x.ifa_flags & IFF_LOOPBACK) == 0;
    if (is_outside)
      result = host_of(x);
    return is_outside;
  });
  return result;
}

bool has_address(std::string_view host) {
  if (host == "*" || host == "0.0.0.0" || host.starts_with("127.")
      || host == "[::]")
    return true;
  // Of one address there are many ways to write it.
  auto binary = [](std::string text) {
    in6_addr result{};
    text = text.substr(0, text.find('%'));
    std::erase(text, '[');
    std::erase(text, ']');
    auto family = text.find(':') == text.npos ? AF_INET : AF_INET6;
    ::inet_pton(family, text.c_str(), &result);
    return std::string{reinterpret_cast<const char*>(&result), sizeof result};
  };
  auto wanted = binary(std::string{host});
  return any_address([&](const ifaddrs& x) {
    auto found = host_of(x);
    return !found.empty() && found.starts_with('[') == host.starts_with('[')
           && binary(found) == wanted;
  });
}

} // namespace rr
