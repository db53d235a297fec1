// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
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

  /// To be called now and then, before messages are routed.
  void look_at_clock() noexcept;

  /// Whether the next message that is routed is to be told of.
  bool takes_call() const noexcept {
    return listener_.routed && calls_left_ > 0;
  }

  /// A message has been routed that was not to be told of.
  void leave_out_call() noexcept {
    ++calls_suppressed_;
  }

  /// A message has been routed; it is told of if it begins as one does.
  void routed(std::string_view sender, std::string_view recipient,
              std::string_view payload) noexcept;

private:
  router_listener listener_;
  std::shared_ptr<connected_services> services_;
  rate_limit connections_;
  /// By cause.
  std::array<rate_limit, 4> drops_;
  /// Messages that may still be told of before `calls_until_`, and how many
  /// were not.
  uint32_t calls_left_ = 0;
  std::chrono::steady_clock::time_point calls_until_{};
  uint64_t calls_suppressed_ = 0;
};

} // namespace rr
