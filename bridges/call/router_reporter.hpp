// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "bridges/call/connected_services.hpp"
#include "bridges/call/message_router.hpp"
#include "bridges/system/rate_limit.hpp"

namespace rr {

/// Tells a listener what a router's thread sees, at a bounded rate.
class router_reporter {
public:
  /// @param services hears of everything at the backend; may be null.
  explicit router_reporter(router_listener listener,
                           std::shared_ptr<connected_services> services
                           = nullptr);

  /// @param descriptor of the connection; -1 inside this process.
  void connected(router_side side, std::string_view identity, int descriptor);

  /// @param recipient empty for a malformed message.
  void dropped(router_side side, drop_cause cause, std::string_view sender,
               std::string_view recipient);

  void failed(caf::error reason);

private:
  router_listener listener_;
  std::shared_ptr<connected_services> services_;
  rate_limit connections_;
  /// By cause.
  std::array<rate_limit, 4> drops_;
};

} // namespace rr
