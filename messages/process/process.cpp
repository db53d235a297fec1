// SPDX-License-Identifier: BSD-3-Clause
#include "messages/process/process.hpp"

#include <csignal>
#include <cstring>

namespace rr {

const char* to_string(process_state state) noexcept {
  switch (state) {
    case process_state::idle:
      return "idle";
    case process_state::waiting:
      return "waiting";
    case process_state::starting:
      return "starting";
    case process_state::running:
      return "running";
    case process_state::restarting:
      return "restarting";
    case process_state::terminating:
      return "terminating";
    case process_state::killing:
      return "killing";
    case process_state::exited:
      return "exited";
    case process_state::failed:
      return "failed";
  }
  return "unknown";
}

bool has_child(process_state state) noexcept {
  using enum process_state;
  return state == starting || state == running || state == terminating
         || state == killing;
}

const char* to_string(ended_by what) noexcept {
  switch (what) {
    case ended_by::itself:
      return "itself";
    case ended_by::terminate:
      return "terminate";
    case ended_by::kill:
      return "kill";
  }
  return "unknown";
}

const char* to_string(robot_reaction what) noexcept {
  switch (what) {
    case robot_reaction::ignore:
      return "none";
    case robot_reaction::stop:
      return "stop";
    case robot_reaction::emergency_stop:
      return "emergency stop";
  }
  return "unknown";
}

std::string signal_name(int number) {
  if (auto known = ::sigabbrev_np(number))
    return std::string{"SIG"} + known;
  if (number >= SIGRTMIN && number <= SIGRTMAX)
    return "SIGRTMIN+" + std::to_string(number - SIGRTMIN);
  return "signal " + std::to_string(number);
}

} // namespace rr
