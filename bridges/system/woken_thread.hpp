// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <caf/error.hpp>

#include "bridges/system/sign_of_life.hpp"
#include "bridges/system/wake_event.hpp"

namespace rr {

/// A bridge's own thread, which sleeps in `poll` and is woken when it is to
/// look around or to end. Its owner has it as its last member: so it ends
/// before anything that it uses.
class woken_thread {
public:
  woken_thread() = default;
  woken_thread(const woken_thread&) = delete;
  woken_thread& operator=(const woken_thread&) = delete;

  /// Stops.
  ~woken_thread();

  /// Starts the thread, once.
  /// @param name and `what` as in `start_thread`.
  /// @param body polls `descriptor()`, and returns soon once it is `stopping`.
  /// @returns an `ec::system_error` when there is no descriptor or thread left.
  caf::error start(const char* name, const std::string& what,
                   std::function<void()> body);

  /// Has the body return, and waits for it. Any number of times, but not on the
  /// thread itself.
  void stop() noexcept;

  /// Whether the body is to return.
  bool stopping() const noexcept {
    return stopping_.load(std::memory_order_relaxed);
  }

  /// Makes the descriptor readable. Once the thread has been started, for any
  /// thread.
  void wake() const noexcept {
    wake_->signal();
  }

  /// For the body, which has been woken.
  void clear() const noexcept {
    wake_->clear();
  }

  /// Readable when the thread has been woken. For the body.
  int descriptor() const noexcept {
    return wake_->descriptor();
  }

  /// Says that the thread lives. For a body that passes by whenever it has been
  /// woken.
  void answer() const noexcept {
    life_->answer();
  }

  /// Wakes the thread to ask it. Once it has been started; may outlive this
  /// object, which is not waited for once it stops.
  /// @param name of the thread, for people.
  heartbeat_witness witness(std::string name) const;

private:
  std::shared_ptr<wake_event> wake_;
  std::shared_ptr<sign_of_life> life_ = std::make_shared<sign_of_life>();
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

} // namespace rr
