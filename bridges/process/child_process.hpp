// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridges/process/child_usage.hpp"
#include "messages/process/process.hpp"

namespace rr {

/// The exit code of a child that somebody else has reaped: it has ended, and
/// nobody knows how. No child exits with it, and it is no success.
constexpr int32_t unknown_exit_code = 256;

/// What becomes of a child. The functions are called on threads of the bridge,
/// or by `start` itself where the start fails at once, and must not block.
/// First `started` or `start_failed`, then, after `started`, one `exited`;
/// nothing after `start_failed`.
struct child_listener {
  std::function<void(const process_started&)> started;
  std::function<void(const process_start_failed&)> start_failed;
  std::function<void(const process_exited&)> exited;
  /// There is news for `child_process::take_news`; called once, then not before
  /// that was taken, and never for heartbeats. Not before `started`.
  std::function<void()> notified = {};
};

/// What a child has said of itself by the `sd_notify` protocol since it was
/// last asked. What it has said twice counts once.
struct child_news {
  /// `READY=1`.
  bool ready = false;
  /// `STOPPING=1`.
  bool stopping = false;
  /// `WATCHDOG=trigger`.
  bool triggered = false;
  /// The last `WATCHDOG=1` ever, as of when it was read.
  std::optional<std::chrono::steady_clock::time_point> heartbeat = {};
  /// `EXTEND_TIMEOUT_USEC=`, and `WATCHDOG_USEC=`: above zero, a day at most.
  std::optional<std::chrono::nanoseconds> extension = {};
  std::optional<std::chrono::nanoseconds> watchdog = {};
  /// `STATUS=`: its first 256 bytes, as `visible_text` shows them.
  std::optional<std::string> status = {};
  /// What was refused, and why, the first time of its kind for this child.
  std::vector<std::string> refused = {};
};

/// One child and all that it starts. Its functions may be called in any state,
/// from any thread; they return at once, and do nothing once it has ended.
class child_process {
public:
  /// Kills what is left. The listener may still be called once.
  virtual ~child_process();

  /// SIGTERM and SIGCONT to the child's process group; nothing once the stop
  /// cord has been pulled, which has sent both.
  virtual void terminate() noexcept = 0;

  /// SIGKILL to everything that the child started.
  virtual void kill() noexcept = 0;

  /// What it has said of itself; reads what waits in its socket.
  virtual child_news take_news() = 0;
};

/// Starts children.
class child_starter {
public:
  virtual ~child_starter();

  /// Starts a child; what becomes of it is the listener's to hear, a failed
  /// start included. Once the stop cord has been pulled every start fails. One
  /// that is to say of itself when it is ready, or has a watchdog, is given a
  /// socket for it (`notify_socket`).
  virtual std::unique_ptr<child_process>
  start(process_settings settings, child_listener listener) = 0;

  /// Hands over what children have written so far, a second at most: what one
  /// that has ended has written is not lost. From any thread.
  virtual void flush_output() noexcept = 0;

  /// What the child with that number has of the machine now; none when it does
  /// not live, or is not asked of a real one. From any thread; waits for
  /// nothing.
  virtual std::optional<child_usage> usage(int32_t pid) const;

  /// How many children live now. From any thread.
  virtual size_t count() const noexcept = 0;

  /// How everything that a child starts is kept together, for people; empty
  /// where it is not. From any thread.
  virtual std::string containment() const;

  /// By what the memory of a child is bounded that has a limit: `control group`
  /// or `address space`. From any thread.
  virtual std::string memory_bound() const;
};

} // namespace rr
