// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "bridges/web/web_mailbox.hpp"
#include "bridges/web/web_server.hpp"

namespace rr {

/// Lets `rate` through a second, and `burst` at once.
class web_budget {
public:
  using time_point = std::chrono::steady_clock::time_point;

  web_budget(double rate, double burst, time_point now) noexcept
    : rate_(rate),
      burst_(burst),
      left_(burst),
      refilled_(now) {
  }

  /// @param amount of what is let through.
  bool take(time_point now, double amount = 1) noexcept {
    auto passed = std::chrono::duration<double>(now - refilled_).count();
    left_ = std::min(burst_, left_ + rate_ * std::max(passed, 0.0));
    refilled_ = now;
    if (left_ < amount)
      return false;
    left_ -= amount;
    return true;
  }

private:
  double rate_;
  double burst_;
  double left_;
  time_point refilled_;
};

/// A host that clients connect from.
struct web_peer {
  std::string host;
  size_t connections = 0;
  size_t websockets = 0;
  web_budget requests;
};

/// What all connections of a server share. But for the mailbox and the counters
/// it is the server's thread's alone.
struct web_core {
  using clock = std::chrono::steady_clock;
  using turn = std::function<void()>;

  struct counters {
    std::atomic<uint64_t> connections{0};
    std::atomic<uint64_t> websockets{0};
    std::atomic<uint64_t> accepted{0};
    std::atomic<uint64_t> displaced{0};
    std::atomic<uint64_t> requests{0};
    std::atomic<uint64_t> refused{0};
    std::atomic<uint64_t> slow{0};
    std::atomic<uint64_t> received{0};
    std::atomic<uint64_t> malformed{0};
    std::atomic<uint64_t> sent{0};
  };

  web_core(web_settings given, web_address bound,
           std::shared_ptr<web_mailbox> box)
    : settings(std::move(given)),
      access(std::move(bound), settings.token, settings.own),
      mailbox(std::move(box)) {
  }

  const web_settings settings;
  const web_access access;
  const std::shared_ptr<web_mailbox> mailbox;
  counters count;
  /// What is done once all that has come on any connection has been read, one
  /// at a time: whoever wants to stop the robot waits for one at most.
  std::deque<turn> turns;
  /// Whether the server is about to end.
  bool is_ending = false;
};

} // namespace rr
