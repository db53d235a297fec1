// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/system/wake_event.hpp"

namespace rr {

/// What other threads tell the server's: it may outlive the server, and then
/// keeps nothing.
class web_mailbox {
public:
  using message = std::function<void()>;

  static caf::expected<std::shared_ptr<web_mailbox>> make() {
    auto wake = wake_event::make();
    if (!wake)
      return std::move(wake.error());
    return std::shared_ptr<web_mailbox>{new web_mailbox{std::move(*wake)}};
  }

  /// From any thread.
  void post(message what) {
    std::unique_lock guard{mutex_};
    if (!closed_)
      messages_.push_back(std::move(what));
    guard.unlock();
    wake();
  }

  /// From any thread; allocates nothing, and waits for nobody.
  void wake() const noexcept {
    wake_.signal();
  }

  // -- for the server's thread ------------------------------------------------

  /// Readable when there is something.
  int descriptor() const noexcept {
    return wake_.descriptor();
  }

  std::vector<message> take() {
    wake_.clear();
    std::lock_guard guard{mutex_};
    return std::exchange(messages_, {});
  }

  void close() {
    std::unique_lock guard{mutex_};
    closed_ = true;
    auto left = std::exchange(messages_, {});
    guard.unlock();
  }

private:
  explicit web_mailbox(wake_event wake) : wake_(std::move(wake)) {
  }

  wake_event wake_;
  std::mutex mutex_;
  std::vector<message> messages_;
  bool closed_ = false;
};

} // namespace rr
