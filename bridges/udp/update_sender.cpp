// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/udp/update_sender.hpp"

#include "messages/error.hpp"

namespace rr {

caf::expected<std::unique_ptr<update_sender>>
update_sender::make(const std::string& address, std::string interface) {
  auto to = resolve_udp(address, "cannot send to");
  if (!to)
    return to.error();
  auto socket = open_multicast_sender();
  if (!socket)
    return socket.error();
  return std::unique_ptr<update_sender>{
    new update_sender{address, *to, std::move(interface), std::move(*socket)}};
}

update_sender::update_sender(std::string address, udp_endpoint to,
                             std::string interface, file_descriptor socket)
  : address_(std::move(address)),
    to_(to),
    interface_(std::move(interface)),
    socket_(std::move(socket)) {
}

caf::error
update_sender::send(std::span<const std::vector<uint8_t>> datagrams) {
  auto failed = ready_ ? caf::error{}
                       : set_multicast_interface(socket_.get(), interface_);
  if (!failed)
    failed = send_datagrams(socket_.get(), &to_, datagrams);
  ready_ = !failed;
  if (failed)
    return caf::make_error(ec::system_error,
                           "to " + address_ + ": " + describe(failed));
  return {};
}

} // namespace rr
