// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridges/call/router_thread.hpp"
#include "bridges/call/zmq_channel.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rr {

/// Keeps what a channel hands over, and waits for more.
class inbox {
public:
  using item = std::pair<std::string, std::string>;

  channel_listener listener() {
    return {
      [this](std::string_view sender, std::span<const std::byte> payload) {
        add({std::string{sender},
             std::string{reinterpret_cast<const char*>(payload.data()),
                         payload.size()}});
      },
      [this](std::string_view why) {
        add({"malformed", std::string{why}});
      },
      [this](uint64_t ticket) {
        add({"unsent", std::to_string(ticket)});
      },
    };
  }

  /// The first items, once there are so many; fewer when that takes seconds.
  std::vector<item> wait_for(size_t count, std::chrono::milliseconds patience
                                           = std::chrono::seconds{20}) {
    std::unique_lock guard{mutex_};
    changed_.wait_for(guard, patience, [&] { return items_.size() >= count; });
    return items_;
  }

  void clear() {
    std::lock_guard guard{mutex_};
    items_.clear();
  }

private:
  void add(item x) {
    std::lock_guard guard{mutex_};
    items_.push_back(std::move(x));
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<item> items_;
};

/// A router over UNIX sockets, for channels to connect to.
struct calls_fixture {
  temporary_folder folder;
  std::unique_ptr<zmq_context> context = std::move(*zmq_context::make());
  std::string frontend = folder.ipc("front");
  std::string backend = folder.ipc("back");
  std::unique_ptr<message_router> router;

  void start_router() {
    router_settings settings;
    settings.frontend = {frontend};
    settings.backend = {backend};
    auto made = router_thread::make(context->get(), settings, {});
    if (!made)
      throw std::runtime_error{describe(made.error())};
    router = std::move(*made);
    frontend = router->frontend_endpoints()[0];
    backend = router->backend_endpoints()[0];
  }
};

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

} // namespace rr
