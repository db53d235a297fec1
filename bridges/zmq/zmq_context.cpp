// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq/zmq_context.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "bridges/system/crash_notice.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Threads that move bytes between sockets and peers. One saturates the
/// network of a robot; more cost order and wake-ups.
constexpr int io_threads = 1;

/// The one that closes sockets.
constexpr int reaper_threads = 1;

/// Of each thread: what wakes it, and what it waits with.
constexpr size_t descriptors_each = 2;

constexpr auto what_fails = "cannot make a ZMQ context";

caf::error try_descriptors(size_t count) {
  std::vector<file_descriptor> tried(count);
  for (auto& each : tried) {
    each.reset(::eventfd(0, EFD_CLOEXEC));
    if (!each)
      return system_error(what_fails, errno);
  }
  return {};
}

} // namespace

caf::error zmq_error(std::string_view what, std::string_view address,
                     int errno_value) {
  std::string text{what};
  if (!address.empty())
    text.append(" ").append(address);
  text += ": ";
  text += as_cause(zmq_strerror(errno_value));
  return system_error_about(std::move(text), address, errno_value);
}

caf::expected<std::unique_ptr<zmq_context>> zmq_context::make(event_log log) {
  constexpr auto threads = io_threads + reaper_threads;
  try {
    auto result = std::unique_ptr<zmq_context>{new zmq_context{std::move(log)}};
    // libzmq aborts the process where it is refused one: tried before, and told
    // where there was one more for the trial alone.
    crash_notice notice{std::string{program_invocation_short_name} + ": "
                        + what_fails
                        + ": the system refuses a thread, or a descriptor\n"};
    if (auto failed = try_threads(threads, what_fails))
      return failed;
    if (auto failed = try_descriptors(size_t{threads} * descriptors_each))
      return failed;
    // The first socket has it start them, now that it can.
    zmq::socket_t first{result->context_, zmq::socket_type::pair};
    return result;
  } catch (const zmq::error_t& x) {
    return zmq_error(what_fails, "", x.num());
  }
}

zmq_context::zmq_context(event_log log)
  : log_(std::move(log)),
    context_(io_threads) {
  context_.set(zmq::ctxopt::blocky, 0);
}

zmq_context::~zmq_context() {
  context_.close();
  log_.debug("ZMQ context terminated");
}

} // namespace rr
