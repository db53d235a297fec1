// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/loss_account.hpp"

namespace rr {

bool loss_account::report(clock::time_point now, int error,
                          const writer& write) noexcept {
  if (is_told())
    return true;
  if (now < next_report_)
    return false;
  next_report_ = now + interval_;
  return report_last(error, write);
}

bool loss_account::report_last(int error, const writer& write) noexcept {
  auto lost = total();
  if (lost == told_)
    return true;
  try {
    if (write(loss_report({sink_, app_, lost - told_, error})))
      told_ = lost;
  } catch (...) {
    // Out of memory: the next time.
  }
  return is_told();
}

} // namespace rr
