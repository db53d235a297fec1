// SPDX-License-Identifier: BSD-3-Clause

// A child of many kinds: what it does is its first argument.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace {

void say(const std::string& line) {
  auto text = line + '\n';
  [[maybe_unused]] auto count = ::write(STDOUT_FILENO, text.data(),
                                        text.size());
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
      say("daemon " + std::to_string(::getpid()));
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
  if (mode == "bare-daemon") {
    char* arguments[] = {argv[0], const_cast<char*>("stay"), nullptr};
    start_daemon(arguments);
  }
  if (mode == "daemon" || mode == "bare-daemon")
    return 0;
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
