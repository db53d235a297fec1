// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/runtime/program_output.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// A pipe that polls as writable takes as much as this at once.
constexpr size_t atomic_size = 4096;

/// Milliseconds, as `poll` takes them.
int time_left(const output_limits& limits) {
  if (!limits.until)
    return -1;
  auto left
    = std::chrono::ceil<std::chrono::milliseconds>(*limits.until - clock::now())
        .count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT32_MAX));
}

} // namespace

int write_output(std::string_view text, const output_limits& limits) noexcept {
  while (!text.empty()) {
    pollfd items[] = {{STDOUT_FILENO, POLLOUT, 0},
                      {limits.interruption, POLLIN, 0}};
    auto ready = ::poll(items, 2, time_left(limits));
    if (ready == 0)
      return ETIMEDOUT;
    if (items[1].revents != 0)
      return ECANCELED;
    if (items[0].revents == 0)
      continue;
    auto size = std::min(text.size(), atomic_size);
    auto written = ::write(STDOUT_FILENO, text.data(), size);
    if (written > 0)
      text.remove_prefix(static_cast<size_t>(written));
    else if (written == 0)
      return EIO;
    else if (errno != EINTR && errno != EAGAIN)
      return errno;
  }
  return 0;
}

int output_failure(int problem) {
  if (problem != EPIPE)
    print_error("cannot write standard output: "
                + (problem == ETIMEDOUT ? "its reader takes too long"
                                        : error_text(problem)));
  return exit_failure;
}

int print(std::string_view text, const output_limits& limits) {
  std::signal(SIGPIPE, SIG_IGN);
  auto problem = write_output(text, limits);
  return problem == 0 ? int{exit_success} : output_failure(problem);
}

std::string as_line(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
         + '\n';
}

} // namespace rr
