// SPDX-License-Identifier: BSD-3-Clause
#include "messages/record/causes.hpp"

#include <algorithm>

namespace rr {

namespace {

using namespace std::chrono_literals;

/// What has failed so long before an end may have to do with it.
constexpr auto related = 10s;

/// Earlier ends of the same process that are told of.
constexpr size_t earlier_ends = 4;

std::string ordinal(uint64_t number) {
  auto tens = number / 10 % 10;
  auto ending = tens == 1          ? "th"
                : number % 10 == 1 ? "st"
                : number % 10 == 2 ? "nd"
                : number % 10 == 3 ? "rd"
                                   : "th";
  return std::to_string(number) + ending;
}

run_cause cause_of(const process_end& end, bool with_lines) {
  auto what = what_happened(end);
  if (end.restarted)
    what += ", and was to be started again";
  if (end.core_dumped)
    what += " (core dumped)";
  return {end.time, std::move(what), end.process, end.exit_code,
          with_lines ? end.last_lines : std::vector<std::string>{}};
}

/// What the configuration has the robot do.
std::string consequence(const process_end& last, const robot_stopped& stopped) {
  auto ended_well = !last.failed && last.given_up.empty();
  auto key = std::string{ended_well ? "on-success" : "on-failure"};
  if (last.reaction == robot_reaction::stop)
    return key + " = stop: the robot stopped";
  // The emergency-stop code asks nobody.
  if (last.exit_code == stopped.exit_code && !ended_well)
    return "that is the emergency-stop code: the robot was stopped in an "
           "emergency";
  return key + " = emergency-stop: the robot was stopped in an emergency";
}

/// The last failures before a time; of the newest one also its last lines.
std::vector<run_cause> failures_before(caf::timestamp time,
                                       const std::vector<process_end>& ends,
                                       size_t most) {
  std::vector<run_cause> result;
  for (auto i = ends.rbegin(); i != ends.rend() && result.size() < most; ++i)
    if (i->failed && i->time <= time && time - i->time <= related)
      result.push_back(cause_of(*i, result.empty()));
  std::reverse(result.begin(), result.end());
  return result;
}

} // namespace

std::vector<run_cause> causes_of(const robot_stopped& stopped,
                                 const std::vector<process_end>& ends) {
  auto is_it = [&](const process_end& x) {
    return x.process == stopped.process && x.reaction != robot_reaction::ignore;
  };
  auto found = std::find_if(ends.rbegin(), ends.rend(), is_it);
  if (stopped.process.empty() || found == ends.rend()) {
    auto result = failures_before(stopped.begun, ends, earlier_ends);
    result.push_back({stopped.begun, stopped.reason, stopped.process, {}, {}});
    return result;
  }
  const auto& last = *found;
  std::vector<run_cause> result;
  for (auto i = found + 1; i != ends.rend() && result.size() < earlier_ends;
       ++i)
    if (i->process == last.process && i->restarted)
      result.push_back(cause_of(*i, false));
  std::reverse(result.begin(), result.end());
  if (last.exit_code)
    result.push_back({last.time - last.ran,
                      "process " + last.process + " was started the "
                        + ordinal(last.start) + " time",
                      last.process,
                      {},
                      {}});
  result.push_back(cause_of(last, true));
  if (!last.given_up.empty())
    result.push_back(
      {last.time,
       "process " + last.process + " was given up: " + last.given_up,
       last.process,
       {},
       {}});
  result.push_back(
    {stopped.begun, consequence(last, stopped), last.process, {}, {}});
  // An end is written down once its code is known, and by then the robot may
  // have been stopped: no cause is later than what it did.
  for (auto i = result.rbegin() + 1; i != result.rend(); ++i)
    i->time = std::min(i->time, (i - 1)->time);
  return result;
}

run_end end_of_lost_run(const run_start& start, caf::timestamp last_sign,
                        std::string_view boot_id,
                        const std::vector<process_end>& ends) {
  run_end result;
  result.in_order = false;
  result.time = std::max(start.time, last_sign);
  for (const auto& end : ends)
    if (end.time >= start.time)
      result.time = std::max(result.time, end.time);
  auto of_this_run = ends;
  std::erase_if(of_this_run,
                [&](const process_end& x) { return x.time < start.time; });
  result.causes = failures_before(result.time, of_this_run, earlier_ends);
  auto same_boot = !boot_id.empty() && start.boot_id == boot_id;
  result.reason = same_boot
                    ? "the runtime was killed, has crashed or had to be "
                      "abandoned"
                    : "the machine went down while the runtime ran: power "
                      "failure, reset, or a shutdown that did not wait";
  result.causes.push_back({result.time, result.reason, {}, {}, {}});
  return result;
}

} // namespace rr
