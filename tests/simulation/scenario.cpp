// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/scenario.hpp"

namespace rr::simulation {

namespace {

using namespace std::chrono_literals;

/// In which one world differs from another.
constexpr step_kind worldly[]
  = {step_kind::fail_start,   step_kind::plant_exception,
     step_kind::end_child,    step_kind::say,
     step_kind::stick,        step_kind::pull,
     step_kind::order,        step_kind::ask,
     step_kind::ask_health,   step_kind::signal,
     step_kind::exit_message, step_kind::end_core,
     step_kind::fail_bridge,  step_kind::hang,
     step_kind::call,         step_kind::lose,
     step_kind::control,      step_kind::network,
     step_kind::device,       step_kind::datagram,
     step_kind::write_latch};

/// What ends a robot soon is rare.
uint32_t rarity(step_kind kind) {
  switch (kind) {
    case step_kind::stick:
    case step_kind::plant_exception:
    case step_kind::exit_message:
    case step_kind::end_core:
    case step_kind::fail_bridge:
    case step_kind::hang:
    case step_kind::pull:
    case step_kind::signal:
    case step_kind::write_latch:
      return 1;
    default:
      return 8;
  }
}

/// @param slow whether it may take long to end.
process_settings make_process(random_numbers& draw, size_t index, bool slow) {
  constexpr const char* names[] = {"arm", "base", "camera", "drive"};
  process_settings result;
  result.name = names[index];
  result.command = {"program"};
  for (size_t before = 0; before < index; ++before)
    if (draw.percent(40))
      result.after.emplace_back(names[before]);
  result.terminate_timeout
    = slow ? 6s : draw.one_of<std::chrono::milliseconds>({0ms, 100ms, 500ms});
  result.restart.policy
    = draw.one_of({restart_policy::never, restart_policy::on_failure,
                   restart_policy::always});
  result.restart.delay = 50ms;
  result.restart.max_delay = 200ms;
  result.restart.limit = 1 + draw.below(3);
  result.restart.window = 2s;
  result.restart.healthy_after = 300ms;
  result.ready.kind
    = draw.one_of({readiness::started, readiness::notify, readiness::probe});
  result.ready.timeout = draw.one_of<std::chrono::milliseconds>({200ms, 500ms});
  if (draw.percent(40))
    result.ready.watchdog = 150ms;
  if (result.ready.kind == readiness::probe || draw.percent(25))
    result.probe.command = {"probe"};
  result.probe.interval = 100ms;
  result.probe.timeout = 100ms;
  result.probe.limit = 1 + draw.below(3);
  result.on_failure
    = draw.one_of({robot_reaction::ignore, robot_reaction::stop,
                   robot_reaction::ignore, robot_reaction::emergency_stop});
  result.on_success = draw.one_of(
    {robot_reaction::ignore, robot_reaction::ignore, robot_reaction::stop});
  return result;
}

const char* to_text(restart_policy x) {
  return x == restart_policy::never    ? "never"
         : x == restart_policy::always ? "always"
                                       : "on-failure";
}

const char* to_text(readiness x) {
  return x == readiness::started  ? "started"
         : x == readiness::notify ? "notify"
                                  : "probe";
}

std::string ms(std::chrono::nanoseconds x) {
  return std::to_string(
           std::chrono::duration_cast<std::chrono::milliseconds>(x).count())
         + "ms";
}

} // namespace

scenario make_scenario(uint64_t seed) {
  random_numbers draw{seed * 2 + 1};
  scenario result;
  auto count = draw.below(5);
  auto slow = draw.percent(10);
  for (size_t i = 0; i < count; ++i) {
    result.processes.push_back(make_process(draw, i, slow));
    result.stubborn.push_back(draw.percent(slow ? 70 : 35));
  }
  result.latches = draw.percent(50);
  result.no_network = draw.percent(3);
  result.stop_timeout = draw.one_of<std::chrono::milliseconds>({1s, 5s});
  result.on_control_timeout
    = draw.one_of({control_timeout::neutral, control_timeout::emergency_stop,
                   control_timeout::none});
  result.slack
    = draw.one_of<std::chrono::milliseconds>({0ms, 0ms, 20ms, 100ms});
  result.steps = 40 + draw.below(160);
  result.starts = draw.percent(20) ? 2 + draw.below(2) : 1;
  result.busy = 40 + draw.below(50);
  result.hasty = 10 + draw.below(60);
  result.weights.fill(8);
  for (auto kind : worldly)
    result.weights[static_cast<size_t>(kind)]
      = draw.percent(40) ? 0 : 1 + draw.below(rarity(kind));
  return result;
}

std::string to_text(const scenario& x) {
  auto result = "latch: " + std::string{x.latches ? "yes" : "no"}
                + ", stop-timeout: " + ms(x.stop_timeout)
                + ", slack: " + ms(x.slack) + '\n';
  for (size_t i = 0; i < x.processes.size(); ++i) {
    const auto& each = x.processes[i];
    result += each.name + (x.stubborn[i] ? ", stubborn" : "") + ": restart "
              + to_text(each.restart.policy) + " ("
              + std::to_string(each.restart.limit) + "), ready "
              + to_text(each.ready.kind) + ", watchdog "
              + ms(each.ready.watchdog) + ", probe "
              + (each.probe.command.empty() ? "no" : "yes")
              + ", terminate-timeout " + ms(each.terminate_timeout)
              + ", on-failure " + to_string(each.on_failure) + ", on-success "
              + to_string(each.on_success) + ", after:";
    for (const auto& name : each.after)
      result += ' ' + name;
    result += '\n';
  }
  return result;
}

} // namespace rr::simulation
