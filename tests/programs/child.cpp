// SPDX-License-Identifier: BSD-3-Clause

// A child of many kinds: what it does is its first argument.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

void say(const std::string& line) {
  auto text = line + '\n';
  [[maybe_unused]] auto count = ::write(STDOUT_FILENO, text.data(),
                                        text.size());
}

/// Its number as others know it, whatever namespace it is in.
std::string outer_pid() {
  char text[32] = {};
  auto length = ::readlink("/proc/self", text, sizeof(text) - 1);
  return {text, static_cast<size_t>(std::max<ssize_t>(length, 0))};
}

[[noreturn]] void stay() {
  for (;;)
    ::pause();
}

/// Starts a process that has nothing in common with this one any more.
/// @param argv what it executes, null for staying without executing.
void start_daemon(char* const* argv = nullptr) {
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0)
    std::abort();
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) {
      ::setsid();
      ::close(ready[0]);
      say("daemon " + outer_pid());
      if (argv) {
        // Without its environment, and without the cookie that is in it.
        char* nothing[] = {nullptr};
        ::execve(argv[0], argv, nothing);
      }
      ::close(ready[1]);
      stay();
    }
    ::_exit(0);
  }
  ::close(ready[1]);
  char unused;
  [[maybe_unused]] auto count = ::read(ready[0], &unused, 1);
}

void print_state() {
  char target[256] = {};
  if (::readlink("/proc/self/fd/0", target, sizeof(target) - 1) > 0)
    say(std::string{"stdin "} + target);
  std::string open = "open";
  auto directory = ::opendir("/proc/self/fd");
  while (auto entry = ::readdir(directory))
    if (entry->d_name[0] != '.'
        && std::atoi(entry->d_name) != ::dirfd(directory))
      open = open + ' ' + entry->d_name;
  ::closedir(directory);
  say(open);
  auto status = std::fopen("/proc/self/status", "r");
  char line[256];
  while (std::fgets(line, sizeof(line), status))
    if (std::strncmp(line, "SigBlk", 6) == 0
        || std::strncmp(line, "SigIgn", 6) == 0)
      say(std::string{line, std::strcspn(line, "\n")});
  std::fclose(status);
  say(::getpgrp() == ::getpid() ? "leader" : "follower");
  if (auto cookie = std::getenv("RR_PROCESS_COOKIE"))
    say(std::string{"cookie "} + cookie);
  char here[4096];
  if (::getcwd(here, sizeof(here)))
    say(std::string{"directory "} + here);
}

/// What it may have, and whom it is.
void print_limits() {
  rlimit files{}, memory{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_AS, &memory);
  say("files " + std::to_string(files.rlim_cur) + ' '
      + std::to_string(files.rlim_max));
  say("memory " + std::to_string(memory.rlim_cur));
  say("nice " + std::to_string(::getpriority(PRIO_PROCESS, 0)));
  cpu_set_t cpus;
  ::sched_getaffinity(0, sizeof(cpus), &cpus);
  std::string list = "cpus";
  for (size_t i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &cpus))
      list += ' ' + std::to_string(i);
  say(list);
  uid_t user[3];
  gid_t group[3];
  ::getresuid(&user[0], &user[1], &user[2]);
  ::getresgid(&group[0], &group[1], &group[2]);
  auto three = [](auto& x) {
    return std::to_string(x[0]) + ' ' + std::to_string(x[1]) + ' '
           + std::to_string(x[2]);
  };
  say("user " + three(user));
  say("group " + three(group));
  gid_t groups[64];
  list = "groups";
  for (int i = 0, count = ::getgroups(64, groups); i < count; ++i)
    list += ' ' + std::to_string(groups[i]);
  say(list);
  int signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &signal);
  say("parent-death " + std::to_string(signal));
  auto status = std::fopen("/proc/self/status", "r");
  char line[256];
  while (std::fgets(line, sizeof(line), status))
    if (std::strncmp(line, "NoNewPrivs", 10) == 0
        || std::strncmp(line, "CapEff", 6) == 0)
      say(std::string{line, std::strcspn(line, "\n")});
  std::fclose(status);
}

/// Takes memory and uses it.
void allocate(size_t bytes) {
  auto memory = static_cast<char*>(std::malloc(bytes));
  if (!memory)
    return say("refused");
  for (size_t i = 0; i < bytes; i += 4096)
    const_cast<volatile char*>(memory)[i] = 1;
  say("got it");
  std::free(memory);
}

void flood(size_t bytes) {
  std::string block(1 << 16, 'x');
  while (bytes > 0) {
    auto count = ::write(STDOUT_FILENO, block.data(),
                         std::min(bytes, block.size()));
    if (count <= 0)
      std::exit(1);
    bytes -= static_cast<size_t>(count);
  }
}

void multiply(int count) {
  for (int i = 0; i < count; ++i)
    if (::fork() == 0) {
      ::setsid();
      if (::fork() == 0)
        ::setsid();
      stay();
    }
}

} // namespace

int main(int argc, char** argv) {
  std::string mode = argc > 1 ? argv[1] : "";
  auto number = argc > 2 ? std::atoi(argv[2]) : 0;
  if (mode == "exit")
    return number;
  if (mode == "raise")
    ::raise(number);
  if (mode == "daemon" || mode == "daemon-stay")
    start_daemon();
  if (mode == "bare-daemon" || mode == "bare-daemon-stay") {
    char* arguments[] = {argv[0], const_cast<char*>("stay"), nullptr};
    start_daemon(arguments);
  }
  if (mode == "daemon" || mode == "bare-daemon")
    return 0;
  if (mode == "limits") {
    print_limits();
    return 0;
  }
  if (mode == "allocate") {
    allocate(static_cast<size_t>(number));
    return 0;
  }
  if (mode == "numbers")
    say("inside " + std::to_string(::getpid()) + " group "
        + std::to_string(::getpgrp()));
  if (mode == "state") {
    print_state();
    return 0;
  }
  if (mode == "flood") {
    flood(static_cast<size_t>(number));
    return 0;
  }
  if (mode == "lines") {
    say("one");
    say("");
    [[maybe_unused]] auto count = ::write(STDERR_FILENO, "two\nthree", 9);
    return 0;
  }
  if (mode == "multiply") {
    multiply(number);
    return 0;
  }
  if (mode == "ignore")
    ::signal(SIGTERM, SIG_IGN);
  if (mode == "report")
    ::signal(SIGTERM, [](int) { say("terminated"); });
  if (mode == "emergency")
    ::signal(SIGTERM, [](int) { ::_exit(255); });
  say("ready");
  stay();
}
