// SPDX-License-Identifier: BSD-3-Clause
// The log forwarder's bridge and nothing else, as the floor's counterpart:
//
//   bench-log-ours FRONTEND BACKEND
//
// Prints the two addresses really bound on one line; ends with its standard
// input.
#include "bench/serve.hpp"
#include "bridges/log_stream/log_relay_thread.hpp"

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  auto context = rr::must(rr::zmq_context::make());
  rr::log_forwarder_settings settings;
  settings.frontend = {argv[1]};
  settings.backend = {argv[2]};
  rr::serve(
    *rr::must(rr::log_relay_thread::make(context->get(), settings, {})));
}
