// SPDX-License-Identifier: BSD-3-Clause
// The log forwarder's bridge and nothing else, as the floor's counterpart:
//
//   bench-log-ours FRONTEND BACKEND
//
// Prints the two addresses really bound on one line; ends with its standard
// input, and then prints its counters on standard error.
#include <unistd.h>

#include <cstdio>

#include "bridges/log_stream/log_relay_thread.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace {

int fail(const caf::error& what) {
  std::fprintf(stderr, "%s\n", rr::describe(what).c_str());
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  auto context = rr::zmq_context::make();
  if (!context)
    return fail(context.error());
  auto relay = rr::log_relay_thread::make((*context)->get(),
                                          {{argv[1]}, {argv[2]}, ""}, {});
  if (!relay)
    return fail(relay.error());
  std::printf("%s %s\n", (*relay)->frontend_endpoints()[0].c_str(),
              (*relay)->backend_endpoints()[0].c_str());
  std::fflush(stdout);
  char unused = 0;
  while (::read(STDIN_FILENO, &unused, 1) > 0) {
  }
  auto counters = (*relay)->counters();
  std::fprintf(stderr, "received %ju, forwarded %ju\n", counters.received,
               counters.forwarded);
  relay->reset();
}
