// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/namespace_containment.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridges/process/allowances.hpp"
#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// How long the end of what cannot be waited for elsewhere is waited for.
constexpr int patience_ms = 300;

bool has_ended(const file_descriptor& process, int timeout_ms = 0) noexcept {
  auto end = pollfd{process.get(), POLLIN, 0};
  return ::poll(&end, 1, timeout_ms) == 1;
}

/// Runs the launcher's attempt to make a namespace.
caf::error try_namespace(const std::string& launcher, const std::string& kind) {
  spawn_request request;
  request.program = launcher;
  request.arguments = {"robot-runtime-launcher", "try-namespace", kind};
  request.descriptors = {null_device, null_device, null_device};
  auto pid = spawn(request);
  if (!pid)
    return pid.error();
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(*pid), &info, WEXITED) != 0)
    return system_error("cannot wait for the launcher", errno);
  if (info.si_code != CLD_EXITED || info.si_status != 0)
    return system_error("cannot make a process namespace",
                        info.si_code == CLD_EXITED ? info.si_status : EINTR);
  return caf::none;
}

} // namespace

class namespace_containment::member final : public enclosure {
public:
  member(namespace_containment& owner, pipe_ends tether)
    : owner_(owner),
      tether_(std::move(tether)) {
    owner_.members_.insert(this);
  }

  ~member() override {
    owner_.members_.erase(this);
    kill();
    if (first_ && has_ended(first_, patience_ms))
      reap();
  }

  std::vector<std::string> launcher_words() const override {
    return {"namespace=" + owner_.kind_};
  }

  int tether() const noexcept override {
    return tether_.read.get();
  }

  caf::error admit(pid_t first) override {
    auto process = open_process(first);
    if (!process)
      return process.error();
    first_ = std::move(*process);
    tether_.read.reset();
    if (::write(tether_.write.get(), "g", 1) != 1)
      return system_error("cannot let a child go on", errno);
    return caf::none;
  }

  void kill() noexcept override {
    tether_.write.reset();
    if (first_)
      ::syscall(SYS_pidfd_send_signal, first_.get(), SIGKILL, nullptr, 0);
  }

  bool empty() noexcept override {
    kill();
    if (!first_)
      return true;
    // Process 1 ends after all others.
    if (!has_ended(first_))
      return false;
    reap();
    return true;
  }

  int changed() const noexcept override {
    return first_.get();
  }

  uint32_t events() const noexcept override {
    return EPOLLIN;
  }

private:
  /// It is no harm if whoever reaps orphans has been quicker.
  void reap() noexcept {
    siginfo_t info{};
    ::waitid(P_PIDFD, static_cast<id_t>(first_.get()), &info,
             WEXITED | WNOHANG);
    first_.reset();
  }

  namespace_containment& owner_;
  pipe_ends tether_;
  /// The namespace's process 1, until it has been reaped.
  file_descriptor first_;
};

caf::expected<std::unique_ptr<containment>>
namespace_containment::make(const std::string& launcher) {
  std::string kind = "own";
  if (!may(capability::administer)) {
    if (has_capabilities())
      return caf::make_error(ec::system_error,
                             "children in a user namespace would lose the "
                             "capabilities of this process");
    kind = "user";
  }
  if (auto failed = try_namespace(launcher, kind))
    return failed;
  return std::unique_ptr<containment>{
    std::make_unique<namespace_containment>(std::move(kind))};
}

namespace_containment::namespace_containment(std::string kind)
  : kind_(std::move(kind)) {
}

namespace_containment::~namespace_containment() = default;

caf::expected<std::unique_ptr<enclosure>>
namespace_containment::enclose(uint64_t, const std::string&) {
  auto tether = make_pipe();
  if (!tether)
    return tether.error();
  return std::make_unique<member>(*this, std::move(*tether));
}

void namespace_containment::kill_all() noexcept {
  for (auto each : members_)
    each->kill();
}

std::vector<std::string> namespace_containment::keeper_arguments() const {
  return {};
}

} // namespace rr
