// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "bridges/connected_services.hpp"
#include "bridges/message_router.hpp"

namespace rr {

/// Lets `burst` events through at once, and one every `interval` from then on.
class event_budget {
public:
  using clock = std::chrono::steady_clock;

  event_budget(uint32_t burst, clock::duration interval) noexcept;

  /// @param now never earlier than in the call before.
  /// @returns whether the event may pass; one that may not is counted.
  bool take(clock::time_point now) noexcept;

  /// How many were held back since the last call.
  uint64_t take_suppressed() noexcept;

private:
  uint32_t burst_;
  clock::duration interval_;
  uint32_t left_;
  clock::time_point refilled_;
  uint64_t suppressed_ = 0;
};

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
  event_budget connections_;
  /// By cause.
  std::array<event_budget, 4> drops_;
};

} // namespace rr
