// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// A client of a web server, byte by byte: whatever it waits for comes within
/// 20 seconds, or the test fails by an exception.
class web_client_socket {
public:
  /// @param receive_buffer bytes that the kernel keeps for it; 0 for its own
  ///                       choice.
  explicit web_client_socket(uint16_t port, int receive_buffer = 0)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0)
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                   sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error{"cannot connect"};
  }

  void send(std::string_view text) {
    while (!text.empty()) {
      auto sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return;
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }

  /// Some of what has come; nothing when the other side has closed.
  std::string receive() {
    pollfd polled{fd_.get(), POLLIN, 0};
    if (::poll(&polled, 1, 20'000) <= 0)
      throw std::runtime_error{"nothing has come"};
    std::array<char, 65536> buffer;
    auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), got > 0 ? static_cast<size_t>(got) : 0};
  }

  /// Until the other side closes.
  std::string receive_all() {
    std::string result;
    for (auto part = receive(); !part.empty(); part = receive())
      result += part;
    return result;
  }

  /// A response with its body.
  std::string receive_answer() {
    std::string result;
    auto end = result.npos;
    while ((end = result.find("\r\n\r\n")) == result.npos)
      if (auto part = receive(); part.empty())
        return result;
      else
        result += part;
    constexpr std::string_view field = "Content-Length: ";
    auto at = result.find(field);
    if (at == result.npos || at > end)
      return result;
    auto size = end + 4 + std::stoul(result.substr(at + field.size()));
    while (result.size() < size)
      if (auto part = receive(); part.empty())
        return result;
      else
        result += part;
    return result;
  }

  /// Whether the other side has closed, or does within 20 seconds.
  bool is_closed_soon() {
    return receive().empty();
  }

  void shut() {
    ::shutdown(fd_.get(), SHUT_WR);
  }

private:
  file_descriptor fd_;
};

/// A frame as a client sends it, of at most 65,535 bytes.
inline std::string web_frame(std::string_view payload, uint8_t opcode = 1) {
  std::string result{static_cast<char>(0x80 | opcode)};
  auto size = payload.size();
  if (size < 126) {
    result += static_cast<char>(0x80 | size);
  } else {
    result += static_cast<char>(0x80 | 126);
    result += static_cast<char>(size >> 8);
    result += static_cast<char>(size & 255);
  }
  // With a mask of zeros the payload is as it is.
  result.append(4, '\0');
  return result.append(payload);
}

} // namespace rr
