// SPDX-License-Identifier: BSD-3-Clause
// What is to be true of a simulated robot.
#include <algorithm>

#include <caf/deep_to_string.hpp>
#include <caf/scheduled_actor.hpp>

#include "app/runtime/start_order.hpp"
#include "messages/error.hpp"
#include "tests/simulation/simulated_robot.hpp"

namespace rr::simulation {

namespace {

using namespace std::chrono_literals;

/// Timers that may run at once: some of each actor, and no more of what is
/// asked often.
constexpr size_t most_timers = 40;

/// Whether a message says that somebody ends in an emergency.
bool tells_emergency(const caf::type_erased_tuple& what) {
  if (what.match_elements<caf::exit_msg>())
    return what.get_as<caf::exit_msg>(0).reason == ec::emergency_stop;
  return what.match_elements<caf::down_msg>()
         && what.get_as<caf::down_msg>(0).reason == ec::emergency_stop;
}

} // namespace

/// Looks at what an actor is about to handle.
void simulated_robot::foresee(caf::scheduled_actor& actor) {
  auto next = actor.mailbox().peek();
  if (!next || root_ended_)
    return;
  const auto& what = next->content();
  if (actor.id() == root_->id()) {
    hears_emergency_ = !left_behind_ && tells_emergency(what);
  } else if (what.match_elements<caf::exit_msg>()
             && what.get_as<caf::exit_msg>(0).source == root_.address()) {
    auto orders = std::max<size_t>(signals_, 1) + (cord_.pulled() ? 1 : 0);
    if (++told_to_end_[actor.id()] > orders)
      judge_.accuse(promise::told_once, actor.name());
  }
}

/// What the root is to have done of it.
void simulated_robot::judge_handled() {
  if (std::exchange(hears_emergency_, false) && !cord_.pulled())
    judge_.accuse(promise::emergency_pulled, "an actor has ended in one");
}

/// What a child is said to have pulled the cord for.
void simulated_robot::judge_cause(const stop_cause& cause) {
  if (cause.kind != failsafe_cause::child_failed
      && cause.kind != failsafe_cause::watchdog_missed)
    return;
  auto which = std::ranges::find(world_.processes, cause.process,
                                 &process_settings::name);
  if (which == world_.processes.end()
      || which->on_failure != robot_reaction::emergency_stop)
    judge_.accuse(promise::emergency_meant, cause.process + " is not to");
  else if (stop_settled_ && which->restart.policy != restart_policy::never)
    judge_.accuse(promise::emergency_meant,
                  cause.process + " would have been started again");
}

/// To be called when no actor has anything to do, and none hangs.
void simulated_robot::judge_quiet() {
  stop_settled_ = stop_begun_;
  operators_.judge_quiet();
  core_.judge_quiet();
}

void simulated_robot::judge() {
  if (cord_.pulled() && state_->enabled())
    judge_.accuse(promise::stays_disabled, "the cord has been pulled");
  if (auto count = sched_.clock().schedule().size(); count > most_timers)
    judge_.accuse(promise::bounded_timers, std::to_string(count) + " run");
  if (left_behind_ && !anything_hangs())
    judge_.accuse(promise::nobody_accused, "the root goes on without it");
  if (running_calls_ > 1 || stop_calls_ > 1)
    judge_.accuse(promise::last_words, "a phase begins twice");
  if (root_ended_ && !std::exchange(root_judged_, true))
    judge_root_end();
}

void simulated_robot::judge_root_end() {
  auto hangs = anything_hangs();
  if (others_at_end_ > 0 && !left_behind_)
    judge_.accuse(promise::root_last,
                  std::to_string(others_at_end_) + " are left");
  if (children_.any_left() && !hangs)
    judge_.accuse(promise::nobody_left, "one lives that nobody has killed");
  if (cord_.pulled() != (end_reason_ == ec::emergency_stop))
    judge_.accuse(promise::emergency_told,
                  "the root ends with: " + describe(end_reason_));
  if (end_reason_ == ec::emergency_stop && world_.latches && !latch_failed_
      && !disk_.is_latched())
    judge_.accuse(promise::latched, "the robot has ended");
  if (auto code = exit_code_of(end_reason_, emergency_code);
      told_exit_code_ != code)
    judge_.accuse(promise::last_words, "not with " + std::to_string(code));
  if (core_.recorded() > last_words_
      || (core_.recorded() == 0 && !core_ended_ && !hangs))
    judge_.accuse(promise::recorded,
                  std::to_string(core_.recorded()) + " times");
  auto took = caf::timespan{sched_.clock().now() - stop_began_};
  if (took > longest_stop())
    judge_.accuse(promise::bounded_end,
                  "it has taken " + caf::deep_to_string(took) + ", not at most "
                    + caf::deep_to_string(longest_stop()));
}

/// Children have their time, a group after the other; so has what is no child,
/// all together. Twice the children's, for an emergency may come last.
caf::timespan simulated_robot::longest_stop() const {
  auto groups = static_cast<int64_t>(start_order(world_.processes).size());
  auto longest = caf::timespan{0};
  for (const auto& each : world_.processes)
    longest = std::max(longest, caf::timespan{each.terminate_timeout});
  auto others = caf::timespan{600ms} + 10 * world_.slack;
  if (!anything_hangs())
    return 2 * groups * (longest + 50ms + world_.slack) + others + 300ms;
  return 2 * groups
           * (longest + std::max(caf::timespan{5s}, world_.stop_timeout))
         + world_.stop_timeout + 5s + others;
}

void simulated_robot::judge_end() {
  if (abandoned_)
    return;
  if (!root_ended_)
    return judge_.accuse(promise::bounded_end,
                         "nothing is left to do, and the root lives on");
  if (operators_.waiting() > 0 && !anything_hangs())
    judge_.accuse(promise::answered_once,
                  operators_.unanswered() + ": never answered");
  if (calls_.waiting() > 0)
    judge_.accuse(promise::answered_once,
                  calls_.unanswered() + ": the call has never ended");
}

std::string simulated_robot::tell(const choice& step) const {
  auto time
    = std::chrono::duration<double, std::milli>{sched_.clock().now() - began_};
  auto result = std::to_string(time.count());
  result.resize(result.find('.') + 2);
  result = std::string(result.size() < 9 ? 9 - result.size() : 0, ' ') + result
           + " ms  " + to_text({step});
  if (step.kind != step_kind::run)
    return result;
  auto place = place_of(step.subject);
  if (!place)
    return result;
  auto actor = job(*place);
  result += std::string{"  "} + actor->name();
  if (auto next = actor->mailbox().peek())
    result += " handles " + to_string(next->content());
  return result;
}

} // namespace rr::simulation
