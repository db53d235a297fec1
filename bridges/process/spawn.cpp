// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/spawn.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr auto null_path = "/dev/null";

// Above what a child's standard descriptors and launch pipe are put on.
constexpr int first_free = 10;

/// Moves a descriptor out of the way of the standard ones.
file_descriptor above_standard(int fd) {
  if (fd < 0 || fd >= first_free)
    return file_descriptor{fd};
  auto low = file_descriptor{fd};
  return file_descriptor{::fcntl(fd, F_DUPFD_CLOEXEC, first_free)};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& x : strings)
    result.push_back(const_cast<char*>(x.c_str()));
  result.push_back(nullptr);
  return result;
}

class file_actions {
public:
  explicit file_actions(const std::vector<int>& descriptors) {
    ::posix_spawn_file_actions_init(&value_);
    int target = 0;
    for (auto fd : descriptors) {
      if (fd >= 0)
        ::posix_spawn_file_actions_adddup2(&value_, fd, target);
      else if (fd == null_device)
        ::posix_spawn_file_actions_addopen(&value_, target, null_path, O_RDWR,
                                           0);
      ++target;
    }
    ::posix_spawn_file_actions_addclosefrom_np(&value_, target);
  }

  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;

  ~file_actions() {
    ::posix_spawn_file_actions_destroy(&value_);
  }

  const posix_spawn_file_actions_t* get() const {
    return &value_;
  }

private:
  posix_spawn_file_actions_t value_;
};

class attributes {
public:
  explicit attributes(bool new_session) {
    ::posix_spawnattr_init(&value_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&value_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&value_, &signals);
    auto group = new_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
    auto flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group;
    ::posix_spawnattr_setflags(&value_, static_cast<short>(flags));
  }

  attributes(const attributes&) = delete;
  attributes& operator=(const attributes&) = delete;

  ~attributes() {
    ::posix_spawnattr_destroy(&value_);
  }

  const posix_spawnattr_t* get() const {
    return &value_;
  }

private:
  posix_spawnattr_t value_;
};

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

caf::expected<pid_t> spawn(const spawn_request& request) {
  file_actions actions{request.descriptors};
  attributes how{request.new_session};
  auto arguments = pointers(request.arguments);
  auto environment = pointers(request.environment);
  pid_t pid = 0;
  auto execute = [&](const std::string& program) {
    return ::posix_spawn(&pid, program.c_str(), actions.get(), how.get(),
                         arguments.data(), environment.data());
  };
  auto failed = execute(request.program);
  if (failed != 0 && ::access(null_path, R_OK | W_OK) != 0)
    return system_error("cannot open /dev/null", errno);
  auto name = failed != 0 ? true_name(request.program) : std::string{};
  // Who has become another user shows open files to nobody, not even to a
  // child.
  if (failed == EACCES)
    failed = execute(name);
  if (failed != 0)
    return caf::make_error(ec::start_failed, "cannot execute the launcher "
                                               + name + ": "
                                               + error_text(failed));
  return pid;
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
