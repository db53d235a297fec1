// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <mutex>
#include <variant>
#include <vector>

#include "bridges/process/child_process.hpp"
#include "bridges/system/sign_of_life.hpp"
#include "bridges/system/wake_event.hpp"

namespace rr {

struct start_order {
  uint64_t id = 0;
  process_settings settings;
  child_listener listener;
};

/// What a start needs is there: its turn may come.
struct prepared_order {
  uint64_t id = 0;
};

struct terminate_order {
  uint64_t id = 0;
};

struct kill_order {
  uint64_t id = 0;
};

struct kill_all_order {};

/// Kill everything, reap it, and end the loop.
struct finish_order {};

using child_order = std::variant<start_order, prepared_order, terminate_order,
                                 kill_order, kill_all_order, finish_order>;

/// What other threads want of the thread that watches the children. Thread
/// safe.
class child_orders {
public:
  explicit child_orders(wake_event wake);

  void put(child_order order) noexcept;

  /// Wakes the watching thread for nothing but a look around.
  void wake() noexcept;

  /// All orders so far, in their order. Never blocks for long.
  std::vector<child_order> take() noexcept;

  /// Whether the watching thread turns.
  sign_of_life& life() noexcept {
    return life_;
  }

  /// Readable when there are any.
  int descriptor() const noexcept {
    return wake_.descriptor();
  }

private:
  wake_event wake_;
  sign_of_life life_;
  std::mutex mutex_;
  std::vector<child_order> waiting_;
};

} // namespace rr
