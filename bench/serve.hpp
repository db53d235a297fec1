// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <cstdio>

#include "bench/must.hpp"
#include "bridges/zmq/zmq_context.hpp"

namespace rr {

/// Returns when standard input has ended.
inline void wait_for_end_of_input() {
  for (char unused = 0; ::read(STDIN_FILENO, &unused, 1) > 0;) {
  }
}

/// Prints the two addresses really bound on one line, and lets it work until
/// standard input ends.
/// @param bridge a router or a relay.
template <class Bridge>
void serve(const Bridge& bridge) {
  std::printf("%s %s\n", bridge.frontend_endpoints()[0].c_str(),
              bridge.backend_endpoints()[0].c_str());
  std::fflush(stdout);
  wait_for_end_of_input();
}

} // namespace rr
