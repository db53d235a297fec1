// SPDX-License-Identifier: BSD-3-Clause
// What is kept and told of the ends of one child.
#include <caf/send.hpp>

#include "actors/process_supervisor.hpp"
#include "messages/record/process_end.hpp"

namespace rr {

namespace {

/// `30s`, `1500ms`.
std::string text_of(caf::timespan span) {
  using namespace std::chrono_literals;
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(span);
  return ms % 1s == 0ms ? std::to_string(ms / 1s) + "s"
                        : std::to_string(ms.count()) + "ms";
}

} // namespace

process_status process_supervisor_state::known() const {
  process_status result;
  result.name = settings_.name;
  result.state = state_;
  result.pid = pid_;
  result.restarts = starts_ > 0 ? static_cast<uint32_t>(starts_ - 1) : 0;
  result.last_exit = last_exit_;
  result.last_end = last_end_;
  result.ready = is_ready();
  result.since = since_;
  result.status_text = status_text_;
  result.containment = starter_->containment();
  result.limits = limit_status_of(settings_.limits, starter_->memory_bound());
  return result;
}

process_status process_supervisor_state::status() const {
  auto result = known();
  if (auto used = pid_ ? starter_->usage(*pid_) : std::nullopt) {
    result.cpu = used->cpu;
    result.resident_kib = used->resident_kib;
  }
  return result;
}

/// Whether an end counts as a failure, whoever has brought it about.
bool process_supervisor_state::has_failed(const process_exited& fact) const {
  return !failure_.empty() || !fact.reason.empty()
         || fact.exit_code == emergency_exit_code_
         || (fact.cause == ended_by::itself && fact.exit_code != 0);
}

/// Whether it was not for an order or a stop that it ended.
bool process_supervisor_state::ended_by_itself(
  const process_exited& fact) const {
  return fact.cause == ended_by::itself || !failure_.empty();
}

/// What the robot does about an end, restarts aside.
robot_reaction process_supervisor_state::reaction_to(const process_exited& fact,
                                                     const restart_plan& plan,
                                                     bool anew) const {
  if (fact.exit_code == emergency_exit_code_)
    return robot_reaction::emergency_stop;
  if (!ended_by_itself(fact) || stopped_for_good_ || plan.delay || anew
      || stopping() || is_spared(has_failed(fact)))
    return robot_reaction::ignore;
  return has_failed(fact) || plan.given_up ? settings_.on_failure
                                           : settings_.on_success;
}

/// To be told before the number of the child is forgotten.
/// @param fact none of one that could not be started.
void process_supervisor_state::keep_end(const process_exited* fact,
                                        const std::string& reason,
                                        const restart_plan& plan,
                                        robot_reaction reaction) {
  process_end end;
  end.process = settings_.name;
  end.time = std::chrono::system_clock::now();
  end.reason = reason;
  end.start = starts_;
  end.restarted = plan.delay.has_value();
  end.reaction = reaction;
  end.failed = !fact || has_failed(*fact);
  if (plan.given_up)
    end.given_up = std::to_string(settings_.restart.limit)
                   + (settings_.restart.limit == 1 ? " restart" : " restarts")
                   + " within " + text_of(settings_.restart.window);
  if (fact) {
    end.pid = pid_.value_or(0);
    end.exit_code = fact->exit_code;
    end.core_dumped = fact->core_dumped;
    end.cause = fact->cause;
    end.cpu = fact->cpu;
    end.max_resident_kib = fact->max_resident_kib;
  }
  if (running_since_)
    end.ran = self_->clock().now() - *running_since_;
  last_end_ = last_end{end.time, end.ran, end.exit_code, end.reason};
  if (recorder_)
    self_->send(recorder_, std::move(end));
}

} // namespace rr
