// SPDX-License-Identifier: BSD-3-Clause
#include "messages/process.hpp"

namespace rr {

const char* to_string(process_state state) noexcept {
  switch (state) {
    case process_state::idle:
      return "idle";
    case process_state::starting:
      return "starting";
    case process_state::running:
      return "running";
    case process_state::terminating:
      return "terminating";
    case process_state::killing:
      return "killing";
    case process_state::exited:
      return "exited";
  }
  return "unknown";
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

} // namespace rr
