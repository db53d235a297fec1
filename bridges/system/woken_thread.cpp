// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/woken_thread.hpp"

#include <utility>

#include "bridges/system/start_thread.hpp"

namespace rr {

woken_thread::~woken_thread() {
  stop();
}

caf::error woken_thread::start(const char* name, const std::string& what,
                               std::function<void()> body) {
  auto wake = wake_event::make();
  if (!wake)
    return std::move(wake.error());
  wake_.emplace(std::move(*wake));
  return start_thread(thread_, name, what, std::move(body));
}

void woken_thread::stop() noexcept {
  if (!thread_.joinable())
    return;
  stopping_ = true;
  wake();
  thread_.join();
}

} // namespace rr
