// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "messages/log/log_forwarding.hpp"

namespace rr {

/// Told, once at most and last, that a log bridge cannot go on. Called on the
/// bridge's own thread; must neither block nor throw.
using log_failure_listener = std::function<void(const log_failed&)>;

/// Forwards log events from publishers to readers, from its making to its end.
class log_relay {
public:
  /// Closes the sockets. Nothing is called back once it has returned.
  virtual ~log_relay();

  /// The addresses that are really bound, wildcard ports filled in. From any
  /// thread, and so are the other functions.
  virtual const std::vector<std::string>&
  frontend_endpoints() const noexcept = 0;
  virtual const std::vector<std::string>&
  backend_endpoints() const noexcept = 0;

  /// The counters as they are now; forwarding does not pause.
  virtual log_forwarder_counters counters() const noexcept = 0;
};

/// Makes a relay that reports to the listener.
using log_relay_factory
  = std::function<caf::expected<std::unique_ptr<log_relay>>(
    log_failure_listener)>;

} // namespace rr
