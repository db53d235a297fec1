// SPDX-License-Identifier: BSD-3-Clause
#include "messages/address.hpp"

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

bool is_host(std::string_view host) noexcept {
  if (host == "*")
    return true;
  auto is_bracketed = host.starts_with('[');
  if (is_bracketed != host.ends_with(']'))
    return false;
  if (is_bracketed)
    host = host.substr(1, host.size() - 2);
  auto allowed = [=](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'
           || (is_bracketed && (c == ':' || c == '%'));
  };
  return !host.empty() && std::ranges::all_of(host, allowed);
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
  if (!is_host(text.substr(0, colon)))
    return "has no valid host";
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
    return take_apart(address.substr(tcp.size()), true, host, port);
  }
  if (!address.starts_with(ipc))
    return "is neither tcp://host:port nor ipc://path";
  auto path = address.substr(ipc.size());
  if (path.empty() || path == runtime)
    return "has no path";
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
caf::expected<T> parse(std::string_view address) {
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
  return parse<zmq_address>(address);
}

caf::expected<udp_address> parse_udp_address(std::string_view address) {
  return parse<udp_address>(address);
}

std::string zmq_address_fault(std::string_view address) {
  return fault_of<zmq_address>(address);
}

std::string udp_address_fault(std::string_view address) {
  return fault_of<udp_address>(address);
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
