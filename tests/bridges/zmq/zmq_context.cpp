// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE zmq_context

#include "bridges/zmq/zmq_context.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "messages/error.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/recording_log_output.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace zmq_context_suite {

CAF_TEST(an error names what failed on what and why) {
  CAF_CHECK_EQUAL(
    describe(zmq_error("cannot bind", "tcp://127.0.0.1:6000", EADDRINUSE)),
    "cannot bind tcp://127.0.0.1:6000: address already in use");
  CAF_CHECK_EQUAL(describe(zmq_error("cannot route", "", ETERM)),
                  "cannot route: context was terminated");
}

CAF_TEST(the end of the context is an event) {
  auto events = std::make_shared<recording_log_output>();
  auto context = unbox(zmq_context::make(event_log{events, "robot"}));
  CAF_CHECK_EQUAL(events->count("ZMQ context terminated"), 0u);
  context.reset();
  CAF_CHECK_EQUAL(events->count("ZMQ context terminated"), 1u);
}

CAF_TEST(a socket whose peer is not there does not delay the end) {
  auto context = unbox(zmq_context::make());
  zmq::socket_t socket{context->get(), zmq::socket_type::dealer};
  socket.connect("ipc:///nonexistent/rpc.sock");
  socket.send(zmq::buffer(std::string_view{"x"}), zmq::send_flags::none);
  auto begin = std::chrono::steady_clock::now();
  socket.close();
  context.reset();
  CAF_CHECK_LESS(std::chrono::steady_clock::now() - begin,
                 std::chrono::seconds{2});
}

#ifndef __SANITIZE_THREAD__ // It ends forks that start threads by itself.
CAF_TEST(a context without descriptors for its threads is an error) {
  forked without_room{[] {
    // One is free for the context itself, and some for a first thread.
    for (rlim_t free = 1; free < 6; ++free) {
      rlimit limit{};
      ::getrlimit(RLIMIT_NOFILE, &limit);
      auto next = ::dup(STDIN_FILENO);
      ::close(next);
      limit.rlim_cur = static_cast<rlim_t>(next) + free;
      ::setrlimit(RLIMIT_NOFILE, &limit);
      auto context = zmq_context::make();
      if (context || context.error() != ec::system_error)
        return 1;
    }
    return 0;
  }};
  CAF_CHECK_EQUAL(without_room.join(), 0);
}
#endif

CAF_TEST(a context leaves the random numbers of the program alone) {
  std::srand(1);
  auto first = std::rand();
  auto second = std::rand();
  std::srand(1);
  CAF_CHECK_EQUAL(std::rand(), first);
  auto context = unbox(zmq_context::make());
  CAF_CHECK_EQUAL(std::rand(), second);
}

} // namespace zmq_context_suite
