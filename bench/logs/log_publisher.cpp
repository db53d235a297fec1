// SPDX-License-Identifier: BSD-3-Clause
// A publisher of the storm as a C++ program of a robot is one: through our
// library. Called and answering as `bench-log-storm publish`:
//
//   bench-log-publisher publish BACKEND NUMBER RATE EVENTS
//
// What is timed are the calls that write an event. After the last event, more
// come every 100 ms until standard input ends, to show by their numbers what
// was lost of those before.
#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "bench/logs/arrivals.h"
#include "bench/must.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "bridges/log_stream/log_publishing.hpp"
#include "bridges/zmq/zmq_context.hpp"

namespace {

using namespace rr;

/// @returns how long that took, in nanoseconds.
int64_t write_one(const event_log& log, size_t number) {
  auto begin = now_ns();
  log.info(
    "a storm of events",
    {{"text", "events of about two hundred bytes, as those of the others"},
     {"number", number},
     {"load", 0.25},
     {"last", false}});
  return now_ns() - begin;
}

bool told_to_end(int patience_ms) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, patience_ms) != 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 6 || std::strcmp(argv[1], "publish") != 0) {
    std::fprintf(stderr, "usage: publish BACKEND NUMBER RATE EVENTS\n");
    return 2;
  }
  auto events = static_cast<size_t>(std::atol(argv[5]));
  auto rate = std::atof(argv[4]);
  char app[32];
  std::snprintf(app, sizeof(app), "storm-%03d", std::atoi(argv[3]));
  auto context = must(zmq_context::make());
  auto dispatcher = must(log_dispatcher::make(512, {}));
  log_publication_settings settings;
  settings.address = argv[2];
  settings.app = app;
  auto publishing = must(publish_log(dispatcher, context->get(), settings, {}));
  event_log log{dispatcher, app};
  char go[16];
  if (!std::fgets(go, sizeof(go), stdin))
    return 1;
  std::vector<int64_t> times;
  times.reserve(events);
  ::srand48(std::atoi(argv[3]));
  auto begin = now_ns();
  auto due = begin;
  for (size_t i = 0; i < events; ++i) {
    due += next_pause(rate);
    sleep_until(due);
    times.push_back(write_one(log, i));
  }
  print_sends(times.data(), times.size(), now_ns() - begin);
  do
    write_one(log, events);
  while (!told_to_end(100));
}
