// SPDX-License-Identifier: BSD-3-Clause
// What an event with four fields costs its caller, in nanoseconds:
//
//   bench-log-caller [BURSTS]
//
// ours      published through a forwarder to a reader, and printed to a file
// floor     spdlog's asynchronous logger with a null sink, and a text with the
//           same four values
// filtered  ours, at a level that is filtered out
//
// Events come in bursts that fit the queues; what is timed are the calls of a
// burst, and what waits is let pass before the next one. Floor, ours and the
// floor again take turns. There is one line for each burst, with all three, and
// for each window of what is filtered.
#include <fcntl.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include <spdlog/async.h>
#include <spdlog/sinks/null_sink.h>

#include "bench/must.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "bridges/log/standard_output.hpp"
#include "bridges/log_stream/log_publishing.hpp"
#include "bridges/log_stream/log_relay_thread.hpp"
#include "bridges/zmq/zmq_context.hpp"

namespace {

using namespace rr;
using clock_type = std::chrono::steady_clock;

constexpr int burst = 256;

constexpr size_t queue = 512;

/// Calls that are filtered out come in windows that are far shorter than what
/// the kernel gives another process, which would be measured otherwise.
constexpr int window = 10'000;

constexpr int windows = 1000;

template <class F>
double time_of(int count, F f) {
  auto begin = clock_type::now();
  for (auto i = 0; i < count; ++i)
    f(i);
  std::chrono::duration<double, std::nano> spent = clock_type::now() - begin;
  return spent.count() / count;
}

void let_pass() {
  std::this_thread::sleep_for(std::chrono::milliseconds{3});
}

} // namespace

int main(int argc, char** argv) {
  auto bursts = argc > 1 ? std::atoi(argv[1]) : 500;
  auto context = must(zmq_context::make());
  auto relay = must(log_relay_thread::make(
    context->get(), {{"inproc://frontend"}, {}, "inproc://backend"}, {}));
  zmq::socket_t reader{context->get(), zmq::socket_type::sub};
  reader.set(zmq::sockopt::subscribe, "info");
  reader.connect("inproc://frontend");
  standard_output_settings printed;
  printed.fd = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  auto output = must(standard_output::make(printed));
  auto dispatcher = must(log_dispatcher::make(queue, {output}));
  log_publication_settings published;
  published.address = "inproc://backend";
  published.app = "bench";
  auto publishing
    = must(publish_log(dispatcher, context->get(), published, {}));
  event_log log{dispatcher, "bench", log_level::info};
  auto pool = std::make_shared<spdlog::details::thread_pool>(queue, 1);
  auto logger = std::make_shared<spdlog::async_logger>(
    "bench", std::make_shared<spdlog::sinks::null_sink_st>(), pool,
    spdlog::async_overflow_policy::block);
  auto ours = [&] {
    auto result = time_of(burst, [&](int i) {
      log.info(
        "Process started",
        {{"process", "camera"}, {"pid", i}, {"load", 0.25}, {"restarts", 3}});
    });
    let_pass();
    zmq::message_t frame;
    while (reader.recv(frame, zmq::recv_flags::dontwait)) {
    }
    return result;
  };
  auto theirs = [&] {
    auto result = time_of(burst, [&](int i) {
      logger->info("Process started process={} pid={} load={} restarts={}",
                   "camera", i, 0.25, 3);
    });
    let_pass();
    return result;
  };
  for (auto i = 0; i < bursts; ++i) {
    auto first = theirs();
    auto mine = ours();
    std::printf("caller %.1f %.1f %.1f\n", first, mine, theirs());
  }
  for (auto i = 0; i < windows; ++i)
    std::printf("filtered %.3f\n", time_of(window, [&](int n) {
                  log.debug("Process started", {{"process", "camera"},
                                                {"pid", n},
                                                {"load", 0.25},
                                                {"restarts", 3}});
                }));
  auto status = publishing->status();
  std::fprintf(stderr,
               "published %ju of %ju, dropped %ju, printed all but %ju\n",
               status.published, static_cast<uintmax_t>(bursts) * burst,
               status.dropped, output->dropped());
  publishing.reset();
  relay.reset();
}
