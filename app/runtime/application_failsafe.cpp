// SPDX-License-Identifier: BSD-3-Clause
// What the application does of what happens, and with which exit code it ends.
#include <algorithm>
#include <utility>

#include "app/config/exit_code.hpp"
#include "app/runtime/application.hpp"
#include "messages/error.hpp"

namespace rr {

failsafe_verdict application_state::judge(failsafe_cause cause,
                                          failsafe_action action) {
  failsafe_causes now{};
  now[static_cast<size_t>(cause)] = action;
  failsafe_
    = next_failsafe(self_->home_system().clock().now().time_since_epoch(),
                    failsafe_, now, settings_.latches);
  return verdict_of(failsafe_);
}

/// What only warns, or makes neutral, is done where it is seen.
void application_state::raise(failsafe_cause cause, failsafe_action action,
                              const std::string& why, caf::error exit_reason) {
  auto before = verdict_of(failsafe_);
  auto after = judge(cause, action);
  if (after.action == failsafe_action::emergency_stop) {
    // For whoever has not pulled it; the rest is done when the cord says so.
    if (before.action != failsafe_action::emergency_stop)
      settings_.cord->pull(
        {"", why, settings_.emergency_exit_code, 0, after.cause});
    return;
  }
  if (after.end > before.end)
    exit_reason_ = std::move(exit_reason);
  if (after.action != failsafe_action::stop || phase_ == phase::stopping)
    return;
  begin_stop();
  stop_reason_ = why;
  stop_last_stage();
}

failsafe_cause application_state::cause_of(const stop_cause& x) const noexcept {
  auto by_code = !x.process.empty()
                 && x.kind == failsafe_cause::emergency_order;
  return by_code ? failsafe_cause::child_code : x.kind;
}

int exit_code_of(run_outcome end, int emergency_exit_code) {
  switch (end) {
    case run_outcome::well:
      return exit_success;
    case run_outcome::failed:
      return exit_failure;
    case run_outcome::emergency:
      return emergency_exit_code;
    case run_outcome::refused:
      return exit_latched;
  }
  return exit_failure;
}

int exit_code_of(const caf::error& reason, int emergency_exit_code) {
  auto end = !reason                        ? run_outcome::well
             : reason == ec::emergency_stop ? run_outcome::emergency
                                            : run_outcome::failed;
  return exit_code_of(end, emergency_exit_code);
}

} // namespace rr
