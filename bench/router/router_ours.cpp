// SPDX-License-Identifier: BSD-3-Clause
// The router's bridge and nothing else, as the floor's counterpart:
//
//   bench-router-ours FRONTEND BACKEND
//
// Prints the two addresses really bound on one line; ends with its standard
// input.
#include "bench/serve.hpp"
#include "bridges/call/router_thread.hpp"

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  auto context = rr::must(rr::zmq_context::make());
  rr::serve(*rr::must(rr::router_thread::make(
    context->get(), {.frontend = {argv[1]}, .backend = {argv[2]}}, {})));
}
