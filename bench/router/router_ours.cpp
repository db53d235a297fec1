// SPDX-License-Identifier: BSD-3-Clause
// The router's bridge and nothing else, as the floor's counterpart:
//
//   bench-router-ours FRONTEND BACKEND
//
// Prints the two addresses really bound on one line; ends with its standard
// input, and then prints its counters on standard error.
#include <unistd.h>

#include <cstdio>

#include "bridges/call/router_thread.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace {

int fail(const caf::error& what) {
  std::fprintf(stderr, "%s\n", rr::describe(what).c_str());
  return 1;
}

void print(const char* side, const rr::direction_counters& x) {
  std::fprintf(stderr,
               "%s: routed %ju, probes %ju, no such peer %ju, malformed %ju, "
               "loopback %ju, would block %ju\n",
               side, x.routed, x.probes, x.no_such_peer, x.malformed,
               x.loopback, x.would_block);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  auto context = rr::zmq_context::make();
  if (!context)
    return fail(context.error());
  rr::router_settings settings{{argv[1]}, {argv[2]}};
  auto router = rr::router_thread::make((*context)->get(), settings, {});
  if (!router)
    return fail(router.error());
  std::printf("%s %s\n", (*router)->frontend_endpoints()[0].c_str(),
              (*router)->backend_endpoints()[0].c_str());
  std::fflush(stdout);
  char unused = 0;
  while (::read(STDIN_FILENO, &unused, 1) > 0) {
  }
  auto counters = (*router)->counters();
  print("frontend", counters.frontend);
  print("backend", counters.backend);
  router->reset();
}
