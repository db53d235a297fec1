// SPDX-License-Identifier: BSD-3-Clause
#include "messages/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr std::string_view tcp = "tcp://";
constexpr std::string_view ipc = "ipc://";
constexpr std::string_view udp = "udp://";
constexpr std::string_view runtime = "RUNTIME/";

/// What `sun_path` holds beside its terminating zero.
constexpr size_t max_socket_path = 107;

bool is_space_or_control(char c) noexcept {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
}

/// `IFNAMSIZ` without its zero.
constexpr size_t max_interface_name = 15;

/// What the kernel takes for one, in the characters that a name has that was
/// meant to be typed. Digits and dots alone were meant to be an address.
bool is_interface_name(std::string_view text) noexcept {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= max_interface_name
         && std::ranges::all_of(text, allowed)
         && text.find_first_not_of("0123456789.") != text.npos;
}

/// What is wrong with an IPv6 address without its brackets.
std::string ipv6_fault(std::string_view text) {
  auto percent = text.find('%');
  in6_addr address;
  if (::inet_pton(AF_INET6, std::string{text.substr(0, percent)}.c_str(),
                  &address)
      != 1)
    return "has no valid host";
  if (percent != text.npos && !is_interface_name(text.substr(percent + 1)))
    return "has no valid interface after the %";
  if (percent == text.npos && IN6_IS_ADDR_LINKLOCAL(&address))
    return "is of one link and does not say which, expected an interface as in "
           "[fe80::1%eth0]";
  return {};
}

/// What is wrong with a host: it is an IPv4 address, an IPv6 address in
/// brackets, `localhost`, `*`, or the name of a network interface.
std::string host_fault(std::string_view host) {
  in_addr ignored;
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2)
    return ipv6_fault(host.substr(1, host.size() - 2));
  if (host == "*" || host == "localhost" || is_interface_name(host)
      || ::inet_pton(AF_INET, std::string{host}.c_str(), &ignored) == 1)
    return {};
  return "has no valid host";
}

/// 0 for what is no port from 1 to 65535.
uint16_t port_number(std::string_view text) noexcept {
  uint16_t result = 0;
  auto end = text.data() + text.size();
  auto [rest, problem] = std::from_chars(text.data(), end, result);
  return problem == std::errc{} && rest == end ? result : uint16_t{0};
}

/// Takes `host:port` apart; what is wrong with it, empty when nothing is.
std::string take_apart(std::string_view text, bool any_port, std::string& host,
                       uint16_t& port) {
  auto colon = text.rfind(':');
  if (colon == text.npos)
    return "has no port";
  if (auto fault = host_fault(text.substr(0, colon)); !fault.empty())
    return fault;
  auto digits = text.substr(colon + 1);
  port = port_number(digits);
  if (port == 0 && !(any_port && digits == "*"))
    return "has no port from 1 to 65535";
  host = text.substr(0, colon);
  return {};
}

std::string take_apart(std::string_view address, zmq_address& result) {
  if (std::ranges::any_of(address, is_space_or_control))
    return "has white space or control characters";
  if (address.starts_with(tcp)) {
    auto& [host, port] = result.emplace<tcp_address>();
    auto fault = take_apart(address.substr(tcp.size()), true, host, port);
    return fault.empty() && is_multicast_host(host)
             ? "is of a group, which has no connections"
             : fault;
  }
  if (!address.starts_with(ipc))
    return "is neither tcp://host:port nor ipc://path";
  auto path = address.substr(ipc.size());
  if (path.empty() || path == runtime)
    return "has no path";
  if (path.starts_with('@') || path == "*")
    return "is no path of a socket";
  if (!path.starts_with(runtime) && path.size() > max_socket_path)
    return "has a path of " + std::to_string(path.size())
           + " bytes, too long for a UNIX socket";
  result = ipc_address{std::string{path}};
  return {};
}

std::string take_apart(std::string_view address, udp_address& result) {
  if (std::ranges::any_of(address, is_space_or_control))
    return "has white space or control characters";
  if (!address.starts_with(udp))
    return "is not udp://host:port";
  return take_apart(address.substr(udp.size()), false, result.host,
                    result.port);
}

template <class T>
caf::expected<T> parse_as(std::string_view address) {
  T result;
  auto fault = take_apart(address, result);
  if (!fault.empty())
    return caf::make_error(ec::malformed, std::string{address} + ' ' + fault);
  return result;
}

template <class T>
std::string fault_of(std::string_view address) {
  T ignored;
  return take_apart(address, ignored);
}

} // namespace

caf::expected<zmq_address> parse_zmq_address(std::string_view address) {
  return parse_as<zmq_address>(address);
}

caf::expected<udp_address> parse_udp_address(std::string_view address) {
  return parse_as<udp_address>(address);
}

std::string zmq_address_fault(std::string_view address) {
  return fault_of<zmq_address>(address);
}

std::string udp_address_fault(std::string_view address) {
  return fault_of<udp_address>(address);
}

bool is_multicast_host(std::string_view host) noexcept {
  auto text = std::string{host.substr(0, host.find('%'))};
  in_addr ipv4;
  if (::inet_pton(AF_INET, text.c_str(), &ipv4) == 1)
    return IN_MULTICAST(ntohl(ipv4.s_addr)) || ipv4.s_addr == INADDR_BROADCAST;
  std::erase(text, '[');
  std::erase(text, ']');
  in6_addr ipv6;
  return ::inet_pton(AF_INET6, text.c_str(), &ipv6) == 1
         && IN6_IS_ADDR_MULTICAST(&ipv6);
}

std::string resolve_address(std::string_view address, std::string_view peer) {
  auto result = std::string{address};
  auto start = address.find("://");
  if (start == address.npos || address.starts_with(ipc))
    return result;
  auto host = address.substr(start + 3);
  if (host == "*" || host.starts_with("*:"))
    result.replace(start + 3, 1, peer);
  return result;
}

caf::expected<std::string>
get_connection(const std::vector<std::string>& bindings) {
  if (bindings.empty())
    return caf::make_error(ec::malformed, "must provide at least one address");
  auto is_ipc = [](std::string_view address) {
    return address.starts_with(ipc);
  };
  auto chosen = std::ranges::find_if(bindings, is_ipc);
  return resolve_address(chosen != bindings.end() ? *chosen : bindings.front());
}

} // namespace rr
