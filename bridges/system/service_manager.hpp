// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// What started this program and wants to hear of it, by the protocol of
/// sd_notify(3): systemd, or whoever does as it does. A datagram that cannot be
/// sent at once is not sent: nothing here waits.
class service_manager {
public:
  /// The value of an environment variable; null where there is none.
  using variables = std::function<const char*(const char* name)>;

  /// Reads `NOTIFY_SOCKET`, the path of a datagram socket or `@` and a name in
  /// the abstract namespace, `WATCHDOG_USEC` and `WATCHDOG_PID`.
  /// @returns null where nobody wants to hear anything;
  ///          `ec::bad_configuration` for a socket that cannot be one.
  static caf::expected<std::unique_ptr<service_manager>>
  find(const variables& environment);

  /// How long this process may be silent, by the manager of that environment:
  /// none where it does not say, says nonsense, or means another process.
  static std::optional<std::chrono::microseconds>
  patience_of(const variables& environment);

  /// Sends assignments, one a line: `READY=1`. From any thread.
  /// @returns an `ec::system_error` for what has not been sent.
  caf::error tell(std::string_view state) const;

  /// How long the manager waits for `WATCHDOG=1`; above zero.
  const std::optional<std::chrono::microseconds>& patience() const noexcept {
    return patience_;
  }

private:
  service_manager() = default;

  file_descriptor socket_;
  sockaddr_un address_{};
  socklen_t size_ = 0;
  std::string name_;
  std::optional<std::chrono::microseconds> patience_;
};

} // namespace rr
