// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_orders.hpp"

#include <sys/eventfd.h>

namespace rr {

child_orders::child_orders(file_descriptor wake) : wake_(std::move(wake)) {
}

void child_orders::put(child_order order) noexcept {
  {
    std::lock_guard guard{mutex_};
    waiting_.push_back(std::move(order));
  }
  wake();
}

void child_orders::wake() noexcept {
  ::eventfd_write(wake_.get(), 1);
}

std::vector<child_order> child_orders::take() noexcept {
  eventfd_t count = 0;
  ::eventfd_read(wake_.get(), &count);
  std::lock_guard guard{mutex_};
  return std::exchange(waiting_, {});
}

} // namespace rr
