// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/keeper.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Ends a process that is this one's child, and reaps it.
void end(pid_t pid) noexcept {
  ::kill(pid, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
}

} // namespace

caf::expected<keeper> keeper::start(const std::string& launcher,
                                    const std::vector<std::string>& arguments,
                                    low_descriptors& low) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error("cannot create a stream to the keeper", errno);
  keeper result;
  result.stream_.reset(ends[0]);
  auto theirs = file_descriptor{ends[1]};
  spawn_request request;
  request.program = launcher;
  request.arguments.emplace_back("robot-runtime-keeper");
  request.arguments.insert(request.arguments.end(), arguments.begin(),
                           arguments.end());
  request.descriptors = {theirs.get(), null_device, null_device};
  request.new_session = true;
  auto pid = spawn(request, low);
  if (!pid)
    return pid.error();
  auto process = open_process(*pid);
  if (!process) {
    end(*pid);
    return process.error();
  }
  result.pid_ = *pid;
  result.process_ = std::move(*process);
  result.started_ = std::chrono::steady_clock::now();
  return result;
}

keeper::~keeper() {
  if (!process_)
    return;
  char goodbye = 'b';
  ::send(stream_.get(), &goodbye, 1, MSG_NOSIGNAL);
  auto ended = pollfd{process_.get(), POLLIN, 0};
  while (::poll(&ended, 1, 1000) < 0 && errno == EINTR) {
  }
  end(pid_);
}

} // namespace rr
