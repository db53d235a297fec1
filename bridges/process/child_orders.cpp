// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_orders.hpp"

#include <utility>

namespace rr {

child_orders::child_orders(wake_event wake) : wake_(std::move(wake)) {
}

void child_orders::put(child_order order) noexcept {
  {
    std::lock_guard guard{mutex_};
    waiting_.push_back(std::move(order));
  }
  wake();
}

void child_orders::wake() noexcept {
  wake_.signal();
}

std::vector<child_order> child_orders::take() noexcept {
  wake_.clear();
  std::lock_guard guard{mutex_};
  return std::exchange(waiting_, {});
}

} // namespace rr
