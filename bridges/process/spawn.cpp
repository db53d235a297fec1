// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messages/error.hpp"

#ifdef __SANITIZE_THREAD__
// It takes `clone` for a fork, and forgets all other threads.
extern "C" int __clone(int (*)(void*), void*, int, void*, ...);
#  define clone __clone
#endif

namespace rr {

namespace {

constexpr auto null_path = "/dev/null";

/// Moves a descriptor out of the way of what a new process is given.
file_descriptor above_standard(int fd) {
  constexpr auto first = low_descriptors::first;
  if (fd < 0 || fd >= first)
    return file_descriptor{fd};
  auto low = file_descriptor{fd};
  return file_descriptor{::fcntl(fd, F_DUPFD_CLOEXEC, first)};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& x : strings)
    result.push_back(const_cast<char*>(x.c_str()));
  result.push_back(nullptr);
  return result;
}

/// What the new process finds in the caller's memory.
struct execution {
  const char* program = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const std::vector<int>* descriptors = nullptr;
  /// What it does not need of the caller's begins here; 0 for nowhere.
  unsigned end = 0;
  bool new_session = false;
  /// Why it executes nothing; 0 otherwise.
  int failed = 0;
};

/// In the new process, which has no descriptor to spare: in the place of
/// `target`.
int open_null(int target) noexcept {
  ::syscall(SYS_close, target);
  return static_cast<int>(
    ::syscall(SYS_openat, AT_FDCWD, null_path, O_RDWR | O_CLOEXEC));
}

/// In the new process, with the caller's memory: allocates nothing and returns
/// only when it fails. Sanitizers would look for the caller's stack.
__attribute__((no_sanitize("address", "thread", "undefined"))) int
become_launcher(void* argument) {
  auto& what = *static_cast<execution*>(argument);
  auto fail = [&what] {
    what.failed = errno;
    return 1;
  };
  // Of hundreds of descriptors, each costs a copy and a close.
  if ((what.end == 0
       || ::syscall(SYS_close_range, what.end, UINT_MAX, CLOSE_RANGE_UNSHARE)
            != 0)
      && ::unshare(CLONE_FILES) != 0)
    return fail();
  if (what.new_session ? ::setsid() < 0 : ::setpgid(0, 0) != 0)
    return fail();
  int target = 0;
  for (auto fd : *what.descriptors) {
    if (fd == null_device && (fd = open_null(target)) < 0)
      return fail();
    // ThreadSanitizer would take `dup2` for the caller's.
    auto done = fd == target ? ::fcntl(fd, F_SETFD, 0)
                : fd >= 0    ? ::syscall(SYS_dup3, fd, target, 0)
                             : 0;
    if (done < 0)
      return fail();
    ++target;
  }
  ::closefrom(target);
  ::execve(what.program, what.arguments, what.environment);
  return fail();
}

/// As `vfork`: the caller goes on once the new process executes, or is gone.
/// @returns its process id, or 0 with the cause in `what`.
pid_t start(execution& what) {
  // A handler of the caller's would run in its memory.
  sigset_t all;
  sigset_t own;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &own);
  alignas(std::max_align_t) std::array<std::byte, 16 * 1024> stack;
  auto pid = ::clone(become_launcher, stack.data() + stack.size(),
                     CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &what);
  if (pid < 0)
    what.failed = errno;
  ::pthread_sigmask(SIG_SETMASK, &own, nullptr);
  if (what.failed == 0)
    return pid;
  if (pid > 0)
    ::waitpid(pid, nullptr, 0);
  return 0;
}

/// What a link to an open file stands for.
std::string true_name(const std::string& program) {
  std::error_code failed;
  auto result = std::filesystem::read_symlink(program, failed);
  return failed ? program : result.string();
}

} // namespace

caf::expected<pipe_ends> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return system_error("cannot create a pipe", errno);
  pipe_ends result{above_standard(ends[0]), above_standard(ends[1])};
  if (!result.read || !result.write)
    return system_error("cannot create a pipe", errno);
  return result;
}

caf::expected<pid_t> spawn(const spawn_request& request, low_descriptors& low) {
  auto descriptors = request.descriptors;
  if (auto failed = low.put(descriptors)) {
    low.release();
    return failed;
  }
  auto arguments = pointers(request.arguments);
  auto environment = pointers(request.environment);
  execution what;
  what.arguments = arguments.data();
  what.environment = environment.data();
  what.descriptors = &descriptors;
  what.end = low.end();
  what.new_session = request.new_session;
  auto execute = [&what](const std::string& program) {
    what.program = program.c_str();
    what.failed = 0;
    return start(what);
  };
  auto pid = execute(request.program);
  auto name = pid > 0 ? std::string{} : true_name(request.program);
  // Who has become another user shows open files to nobody, not even to a
  // child.
  if (pid == 0 && what.failed == EACCES)
    pid = execute(name);
  low.release();
  if (pid > 0)
    return pid;
  if (::access(null_path, R_OK | W_OK) != 0)
    return system_error("cannot open /dev/null", errno);
  return caf::make_error(ec::start_failed, "cannot execute the launcher " + name
                                             + ": " + error_text(what.failed));
}

caf::expected<pid_t> spawn(const spawn_request& request) {
  auto low = low_descriptors::make();
  return low ? spawn(request, *low) : low.error();
}

caf::expected<file_descriptor> open_process(pid_t pid) {
  auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0)
    return system_error("cannot open process " + std::to_string(pid), errno);
  return file_descriptor{fd};
}

caf::expected<std::string> find_launcher(std::string path) {
  namespace fs = std::filesystem;
  if (path.empty()) {
    std::error_code failed;
    auto here = fs::read_symlink("/proc/self/exe", failed).parent_path();
    path = here / "robot-runtime-launcher";
    if (::access(path.c_str(), X_OK) != 0)
      path = (here.parent_path() / RR_LIBEXEC_DIRECTORY / "robot-runtime"
              / "robot-runtime-launcher")
               .string();
  }
  if (::access(path.c_str(), X_OK) != 0)
    return caf::make_error(ec::system_error, "cannot execute the launcher "
                                               + path + ": "
                                               + error_text(errno));
  return path;
}

} // namespace rr
