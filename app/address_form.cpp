// SPDX-License-Identifier: BSD-3-Clause
#include "app/address_form.hpp"

#include <algorithm>

namespace rr {

namespace {

constexpr std::string_view ipc = "ipc://";
constexpr std::string_view ipc_runtime = "ipc://RUNTIME/";
constexpr size_t max_socket_path = 107;

bool is_space_or_control(char c) noexcept {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
}

bool is_host(std::string_view host) noexcept {
  if (host.starts_with('[') != host.ends_with(']'))
    return false;
  auto is_bracketed = host.starts_with('[');
  if (is_bracketed)
    host = host.substr(1, host.size() - 2);
  auto allowed = [=](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'
           || (is_bracketed && (c == ':' || c == '%'));
  };
  return !host.empty() && std::ranges::all_of(host, allowed);
}

bool is_port(std::string_view port) noexcept {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit))
    return false;
  int number = 0;
  for (auto c : port)
    number = number * 10 + (c - '0');
  return number > 0 && number <= 65535;
}

std::string host_and_port_fault(std::string_view text, bool any_port) {
  auto colon = text.rfind(':');
  if (colon == text.npos)
    return "has no port";
  auto host = text.substr(0, colon);
  auto port = text.substr(colon + 1);
  if (host != "*" && !is_host(host))
    return "has no valid host";
  if (!is_port(port) && !(any_port && port == "*"))
    return "has no port from 1 to 65535";
  return {};
}

} // namespace

std::string zmq_address_fault(std::string_view address) {
  constexpr std::string_view tcp = "tcp://";
  if (std::ranges::any_of(address, is_space_or_control))
    return "has white space or control characters";
  if (address.starts_with(tcp))
    return host_and_port_fault(address.substr(tcp.size()), true);
  if (!address.starts_with(ipc))
    return "is of no known kind";
  if (address.size() == ipc.size() || address == ipc_runtime)
    return "has no path";
  return address.starts_with(ipc_runtime) ? "" : socket_path_fault(address);
}

std::string udp_address_fault(std::string_view address) {
  constexpr std::string_view udp = "udp://";
  if (std::ranges::any_of(address, is_space_or_control))
    return "has white space or control characters";
  if (!address.starts_with(udp))
    return "is of no known kind";
  return host_and_port_fault(address.substr(udp.size()), false);
}

std::string place_address(std::string_view address,
                          std::string_view runtime_directory) {
  if (!address.starts_with(ipc_runtime))
    return std::string{address};
  auto result = std::string{ipc} + std::string{runtime_directory};
  return result.append("/").append(address.substr(ipc_runtime.size()));
}

std::string socket_path_fault(std::string_view address) {
  if (!address.starts_with(ipc))
    return {};
  auto path = address.substr(ipc.size());
  if (std::ranges::any_of(path, is_space_or_control))
    return "has white space or control characters";
  if (path.size() <= max_socket_path)
    return {};
  return "has a path of " + std::to_string(path.size())
         + " bytes, too long for a UNIX socket";
}

} // namespace rr
