// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/room_wait.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>

namespace rr {

bool room_wait::wait(int fd, clock::duration step) noexcept {
  pollfd events[] = {{fd, POLLOUT, 0}, {wake_.descriptor(), POLLIN, 0}};
  while (end_ == 0) {
    if (::poll(events, 2, -1) < 0 && errno != EINTR)
      return false;
    if (events[0].revents != 0)
      return true;
    wake_.clear();
  }
  auto left = clock::duration{end_.load()} - clock::now().time_since_epoch();
  auto rest = std::chrono::ceil<std::chrono::milliseconds>(std::min(step, left))
                .count();
  constexpr decltype(rest) longest = 60'000;
  return left.count() > 0
         && ::poll(events, 1, static_cast<int>(std::min(rest, longest))) > 0;
}

void room_wait::finish(clock::duration linger) noexcept {
  end_.store((clock::now() + linger).time_since_epoch().count());
  wake_.signal();
}

} // namespace rr
