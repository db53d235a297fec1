// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <caf/expected.hpp>

#include "bridges/udp/udp_socket.hpp"
#include "messages/device/device_update.hpp"

namespace rr {

/// Called with every update, and with `ip:port` of the robot that sent it.
using update_handler
  = std::function<void(const std::string& source, const device_update&)>;

/// What is received.
struct update_listener {
  update_handler received;
  std::function<void(const std::string& source, const std::string& why)>
    malformed;
};

/// A socket that has joined the group of device updates. Several may share the
/// address. When an interface comes, or comes back, it joins again. No thread:
/// whoever owns it waits.
class update_receiver {
public:
  /// @param interface see `join_group`.
  /// @returns `ec::bad_configuration`, `ec::system_error`: also when there is
  ///          no such interface now.
  static caf::expected<std::unique_ptr<update_receiver>>
  make(const std::string& address, const std::string& interface);

  update_receiver(const update_receiver&) = delete;
  update_receiver& operator=(const update_receiver&) = delete;

  /// Waits until something has come, or something is up with another
  /// descriptor.
  /// @param events see poll(2); with 0 only that its other end has gone.
  /// @param longest after which it waits no more; none for no limit.
  /// @returns whether something is up with the other descriptor.
  bool
  wait(int other, short events,
       std::optional<std::chrono::nanoseconds> longest = {}) const noexcept;

  /// Takes what has come, one batch at most, without waiting.
  void receive(const update_listener& listener);

  const update_reception& status() const noexcept {
    return status_;
  }

private:
  update_receiver(udp_endpoint group, std::string interface,
                  file_descriptor socket, file_descriptor news);

  void rejoin_after_news() noexcept;
  void take(size_t index, const update_listener& listener);

  udp_endpoint group_;
  std::string interface_;
  file_descriptor socket_;
  /// Says that an interface has changed; none where the kernel has no netlink.
  file_descriptor news_;
  datagram_batch batch_{65536, 16};
  update_reception status_;
};

} // namespace rr
