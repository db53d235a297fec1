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

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "bench/logs/arrivals.h"
#include "bench/must.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "bridges/log_stream/log_publishing.hpp"
#include "bridges/zmq/zmq_context.hpp"

namespace {

using namespace rr;
using clock_type = std::chrono::steady_clock;
using microseconds = std::chrono::duration<double, std::micro>;

double write_one(const event_log& log, size_t number) {
  auto begin = clock_type::now();
  log.info(
    "a storm of events",
    {{"text", "events of about two hundred bytes, as those of the others"},
     {"number", number},
     {"load", 0.25},
     {"last", false}});
  return microseconds{clock_type::now() - begin}.count();
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
  std::vector<double> times;
  times.reserve(events);
  ::srand48(std::atoi(argv[3]));
  auto begin = clock_type::now();
  auto due = begin;
  for (size_t i = 0; i < events; ++i) {
    due += std::chrono::duration_cast<clock_type::duration>(
      std::chrono::duration<double>{next_pause(rate)});
    std::this_thread::sleep_until(due);
    times.push_back(write_one(log, i));
  }
  std::chrono::duration<double> spent = clock_type::now() - begin;
  std::sort(times.begin(), times.end());
  auto late = times.end() - std::upper_bound(times.begin(), times.end(), 1e3);
  std::printf("%.1f %.1f %.1f %.3f %td\n", times[events / 2],
              times[events * 999 / 1000], times.back(), spent.count(), late);
  std::fflush(stdout);
  do
    write_one(log, events);
  while (!told_to_end(100));
}
