// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE containment

#include "bridges/process/containment.hpp"

#include <algorithm>
#include <csignal>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bridges/process/spawn.hpp"

#include "tests/support/forked.hpp"
#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;

namespace containment_suite {
namespace {

struct fixture : watcher_fixture {
  /// Runs a test of what children start in each kind of containment.
  template <class Body>
  void in_each(Body body) {
    for (auto kind : kinds()) {
      watcher.reset();
      lines.clear();
      child_watcher_settings settings;
      settings.containment = kind;
      watch(settings);
      body();
    }
  }
};

/// Reads a pipe up to the end of a line, or to the end of what is written.
std::string read_line(int fd) {
  std::string result;
  for (char x; ::read(fd, &x, 1) == 1 && x != '\n';)
    result += x;
  return result;
}

pid_t number_after(std::string_view text, const std::string& line) {
  CAF_REQUIRE(line.starts_with(text));
  return std::atoi(line.c_str() + text.size());
}

bool wait_for_end(const file_descriptor& process) {
  auto end = pollfd{process.get(), POLLIN, 0};
  return ::poll(&end, 1, 30000) == 1;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> result;
  auto tasks = "/proc/" + std::to_string(pid) + "/task/";
  for (auto& task : list_directory(tasks)) {
    std::ifstream file{tasks + task + "/children"};
    for (pid_t x = 0; file >> x;)
      result.push_back(x);
  }
  return result;
}

bool is_child(pid_t pid) {
  auto all = children_of(::getpid());
  return std::find(all.begin(), all.end(), pid) != all.end();
}

/// A copy of this process that runs a function, and is the test's to reap.
template <class Body>
pid_t fork_and_forget(Body body) {
  auto pid = ::fork();
  if (pid == 0)
    ::_exit(body());
  return pid;
}

/// How many processes carry a cookie of this process.
size_t count_marked() {
  size_t result = 0;
  auto mark = std::string{process_cookie} + '='
              + std::to_string(process_namespace()) + '-'
              + std::to_string(::getpid()) + '-';
  for (auto& name : list_directory("/proc")) {
    std::ifstream file{"/proc/" + name + "/environ"};
    for (std::string entry; std::getline(file, entry, '\0');)
      if (entry.starts_with(mark) && alive(std::atoi(name.c_str())))
        ++result;
  }
  return result;
}

std::string make_group(const std::string& above, const std::string& identity) {
  auto result = above + "/robot-runtime-" + identity;
  CAF_REQUIRE_EQUAL(::mkdir(result.c_str(), 0755), 0);
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(containment_tests, fixture)

CAF_TEST(a daemon does not outlive its child) {
  in_each([this] {
    auto child = run({"daemon"});
    CAF_CHECK(child->end() == (process_exited{0, ended_by::itself}));
    // What it wrote comes later; that it was alive when it wrote is certain.
    CAF_CHECK(!alive(std::stoi(line("daemon "))));
  });
}

CAF_TEST(a daemon is dead when the exit is told) {
  in_each([this] {
    std::atomic<pid_t> daemon = 0;
    auto lived_on = true;
    auto child = run({"daemon-stay"}, [&] { lived_on = alive(daemon); });
    daemon = std::stoi(line("daemon "));
    CAF_CHECK(alive(daemon));
    child->process->kill();
    CAF_CHECK(child->end() == (process_exited{-SIGKILL, ended_by::kill}));
    CAF_CHECK(!lived_on);
  });
}

CAF_TEST(a daemon of one child is left alone when another ends) {
  in_each([this] {
    run({"daemon-stay"});
    auto daemon = std::stoi(line("daemon "));
    run({"daemon"})->end();
    CAF_CHECK(alive(daemon));
  });
}

CAF_TEST(a daemon without an environment does not outlive the watcher) {
  in_each([this] {
    run({"bare-daemon"})->end();
    auto daemon = std::stoi(line("daemon "));
    watcher.reset();
    CAF_CHECK(!alive(daemon));
  });
}

CAF_TEST(a hundred processes of one child die with it) {
  in_each([this] {
    size_t left = 1;
    auto child = run({"multiply", "100"}, [&] { left = count_marked(); });
    CAF_CHECK_EQUAL(child->end().exit_code, 0);
    CAF_CHECK_EQUAL(left, 0u);
    CAF_CHECK(errors.empty());
  });
}

CAF_TEST(nothing outlives a runtime that is killed) {
  for (auto kind : kinds()) {
    auto pipe = make_pipe();
    CAF_REQUIRE(pipe);
    auto name = to_string(kind);
    spawn_request request;
    request.program = RR_TEST_WATCHER_HOST;
    request.arguments = {"host", name, RR_TEST_CHILD, "daemon-stay"};
    request.descriptors = {null_device, pipe->write.get(), 2};
    auto host = spawn(request);
    CAF_REQUIRE(host);
    pipe->write.reset();
    auto daemon = number_after("daemon ", read_line(pipe->read.get()));
    CAF_CHECK_EQUAL(read_line(pipe->read.get()), "ready");
    // The keeper and the child at least; the daemon may be adopted.
    auto left = children_of(*host);
    CAF_CHECK_GREATER_OR_EQUAL(left.size(), 2u);
    left.push_back(daemon);
    std::vector<file_descriptor> processes;
    for (auto pid : left) {
      auto process = open_process(pid);
      CAF_REQUIRE(process);
      processes.push_back(std::move(*process));
    }
    ::kill(*host, SIGKILL);
    ::waitpid(*host, nullptr, 0);
    for (auto& process : processes)
      CAF_CHECK(wait_for_end(process));
    auto mark = '-' + std::to_string(*host) + '-';
    for (auto& group : list_directory(group_directory()))
      CAF_CHECK(group.find(mark) == std::string::npos);
  }
}

CAF_TEST(what a dead runtime left is ended by the next one) {
  auto above = group_directory();
  if (above.empty()) {
    CAF_MESSAGE("no control groups here");
    return;
  }
  // No process has ever been started with the machine.
  auto space = std::to_string(process_namespace());
  auto dead = make_group(above,
                         space + '-' + std::to_string(::getpid()) + "-1-1");
  auto elsewhere = make_group(above,
                              "1-" + std::to_string(::getpid()) + "-1-1");
  auto alive_one = make_group(above, make_identity());
  spawn_request request;
  request.program = RR_TEST_CHILD;
  request.arguments = {"child", "ignore"};
  request.descriptors = {null_device, null_device, null_device};
  auto left = spawn(request);
  CAF_REQUIRE(left);
  std::ofstream{dead + "/cgroup.procs"} << *left;
  watch();
  CAF_CHECK(::access(dead.c_str(), F_OK) != 0);
  CAF_CHECK(::access(elsewhere.c_str(), F_OK) == 0);
  CAF_CHECK(::access(alive_one.c_str(), F_OK) == 0);
  auto status = 0;
  CAF_CHECK_EQUAL(::waitpid(*left, &status, 0), *left);
  CAF_CHECK(WIFSIGNALED(status));
  ::rmdir(elsewhere.c_str());
  ::rmdir(alive_one.c_str());
}

CAF_TEST(orphans that end are reaped while every child lives) {
  forked earlier{[] { return 7; }};
  auto process = open_process(earlier.pid());
  CAF_REQUIRE(process);
  CAF_CHECK(wait_for_end(*process));
  in_each([&] {
    // As somebody else may have made it; one kind of containment does it.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    process_settings settings;
    settings.name = "forgetful";
    settings.command
      = {"/bin/sh", "-c",
         "for n in 1 2 3 4 5 6 7 8 9; do (sh -c 'exit 0' &); done;"
         "echo made; exec sleep 1000"};
    auto child = start(settings);
    line("made");
    // The keeper or the namespace's first, the child, and the one that is
    // waited for here; and no orphans of theirs.
    auto reaped = [] {
      auto all = children_of(::getpid());
      return all.size() == 3 && std::ranges::all_of(all, [](pid_t pid) {
               return children_of(pid).empty();
             });
    };
    CAF_CHECK(eventually(reaped));
    child->process->kill();
    CAF_CHECK_EQUAL(child->end().exit_code, -SIGKILL);
  });
  watcher.reset();
  CAF_CHECK_EQUAL(earlier.join(), 7);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

CAF_TEST(a child that has ended before anybody watched is reaped) {
  CAF_REQUIRE(!block_child_signal());
  auto ended = fork_and_forget([] { return 5; });
  siginfo_t info{};
  CAF_REQUIRE_EQUAL(
    ::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT), 0);
  // As where the signal came before it was blocked.
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  timespec now{};
  while (::sigtimedwait(&signals, nullptr, &now) == SIGCHLD)
    continue;
  child_watcher_settings settings;
  settings.reap_inherited = true;
  watch(settings);
  CAF_CHECK(eventually([&] { return !is_child(ended); }));
}

CAF_TEST(children of before are reaped on demand and never killed) {
  for (auto kind : kinds()) {
    auto end = make_pipe();
    CAF_REQUIRE(end);
    auto wait = [fd = end->read.get()] {
      char unused;
      return ::read(fd, &unused, 1) == 1 ? 3 : 4;
    };
    auto stays = fork_and_forget(wait);
    auto ends = fork_and_forget([] { return 5; });
    child_watcher_settings settings;
    settings.containment = kind;
    settings.reap_inherited = true;
    watch(settings);
    CAF_CHECK(eventually([&] { return !is_child(ends); }));
    CAF_CHECK(is_child(stays));
    watcher.reset();
    CAF_CHECK(alive(stays));
    CAF_REQUIRE_EQUAL(::write(end->write.get(), "x", 1), 1);
    auto status = 0;
    CAF_CHECK_EQUAL(::waitpid(stays, &status, 0), stays);
    CAF_CHECK_EQUAL(WEXITSTATUS(status), 3);
  }
}

CAF_TEST(the keeper ends with the watcher and is started again when it dies) {
  in_each([this] {
    // With namespaces there is no need of one.
    if (children_of(::getpid()).empty())
      return;
    errors.clear();
    for (size_t i = 1; i <= 2; ++i) {
      // One that lived for no time at all is not started again.
      ::usleep(1'100'000);
      auto keepers = children_of(::getpid());
      CAF_REQUIRE_EQUAL(keepers.size(), 1u);
      ::kill(keepers[0], SIGKILL);
      CAF_REQUIRE(output.wait([&] { return errors.size() == i; }));
      CAF_CHECK_EQUAL(errors.back(),
                      "the keeper has ended and was started again");
    }
    watcher.reset();
    CAF_CHECK(children_of(::getpid()).empty());
  });
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace containment_suite
