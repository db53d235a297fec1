// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control/control_link.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "messages/error.hpp"

namespace rr {

control_link::clock::duration
control_link::patience(clock::duration interval) noexcept {
  return std::max<clock::duration>(std::chrono::milliseconds{1500},
                                   3 * interval);
}

caf::expected<std::unique_ptr<control_link>>
control_link::make(const std::string& address, listener heard,
                   clock::duration patience) {
  auto socket = connect_udp_socket(address);
  if (!socket)
    return socket.error();
  return std::unique_ptr<control_link>{
    new control_link{address, std::move(heard), patience, std::move(*socket)}};
}

control_link::control_link(std::string address, listener heard,
                           clock::duration patience, file_descriptor socket)
  : address_(std::move(address)),
    heard_(std::move(heard)),
    patience_(patience),
    socket_(std::move(socket)) {
}

caf::error control_link::send(std::span<const uint8_t> packet) {
  [[maybe_unused]] auto before = hear();
  // What failed is an earlier packet: this one has not been sent then.
  for (auto tries = 0; tries < 2; ++tries) {
    if (::send(socket_.get(), packet.data(), packet.size(), MSG_NOSIGNAL) >= 0)
      break;
    note(errno);
  }
  return failure();
}

caf::error control_link::hear() {
  std::array<std::byte, 1024> buffer;
  // Whoever floods this end keeps it from nothing.
  for (auto left = 64; left > 0; --left) {
    auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return failure();
    if (size < 0) {
      note(errno);
      continue;
    }
    auto answer = decode_control_answer(
      std::span{buffer}.first(static_cast<size_t>(size)));
    if (!answer)
      continue;
    granted_ |= answer->granted;
    refused_ |= !answer->granted;
    heard_(*answer);
  }
  return failure();
}

void control_link::note(int error) {
  error_ = error;
  failed_at_ = clock::now();
}

caf::error control_link::failure() const {
  if (error_ == 0 || clock::now() - failed_at_ > patience_)
    return {};
  return system_error(error_ == ECONNREFUSED ? "nobody listens at " + address_
                                             : "cannot send to " + address_,
                      error_);
}

} // namespace rr
