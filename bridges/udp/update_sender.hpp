// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/udp/udp_socket.hpp"

namespace rr {

/// Sends datagrams to a group, by one interface. An interface that goes and
/// comes back is used again.
class update_sender {
public:
  /// @param interface see `set_multicast_interface`; it need not be there yet.
  /// @returns `ec::bad_configuration` or `ec::system_error`.
  static caf::expected<std::unique_ptr<update_sender>>
  make(const std::string& address, std::string interface);

  /// Does not block.
  /// @returns why not all of them have been sent: `to udp://224.1.1.1:6003:
  ///          cannot send: network is unreachable`.
  caf::error send(std::span<const std::vector<uint8_t>> datagrams);

private:
  update_sender(std::string address, udp_endpoint to, std::string interface,
                file_descriptor socket);

  std::string address_;
  udp_endpoint to_;
  std::string interface_;
  file_descriptor socket_;
  /// Whether the interface has been set and nothing has failed since.
  bool ready_ = false;
};

} // namespace rr
