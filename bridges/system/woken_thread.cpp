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
  wake_ = std::make_shared<wake_event>(std::move(*wake));
  return start_thread(thread_, name, what, std::move(body));
}

void woken_thread::stop() noexcept {
  if (!thread_.joinable())
    return;
  life_->end();
  stopping_ = true;
  wake();
  thread_.join();
}

heartbeat_witness woken_thread::witness(std::string name) const {
  return {.ask =
            [wake = wake_, life = life_](uint64_t question) {
              life->ask(question);
              wake->signal();
            },
          .answered = [life = life_] { return life->answered(); },
          .bound = {},
          .name = std::move(name)};
}

} // namespace rr
