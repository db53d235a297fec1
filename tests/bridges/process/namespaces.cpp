// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE namespaces

#include "bridges/process/namespace_containment.hpp"

#include <algorithm>
#include <csignal>
#include <poll.h>
#include <sys/wait.h>
#include <thread>

#include "bridges/process/process_family.hpp"
#include "bridges/process/spawn.hpp"

#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;

namespace namespaces_suite {
namespace {

/// A watcher that keeps its children in namespaces.
struct fixture : watcher_fixture {
  bool usable = namespaces_can_be_made();

  bool watch_namespaces() {
    if (!usable) {
      CAF_MESSAGE("no process namespaces here");
      return false;
    }
    child_watcher_settings settings;
    settings.containment = containment_kind::process_namespace;
    watch(settings);
    return true;
  }
};

std::string read_line(int fd) {
  std::string result;
  for (char x; ::read(fd, &x, 1) == 1 && x != '\n';)
    result += x;
  return result;
}

/// A runtime in small that another user may run, and its first line of output.
struct host {
  pid_t pid = 0;
  file_descriptor output;
  /// What the daemon has said; by then it and the child stay.
  std::string line;

  host(std::vector<std::string> before, const std::string& kind,
       const std::string& mode) {
    auto pipe = make_pipe();
    CAF_REQUIRE(pipe);
    spawn_request request;
    request.arguments = std::move(before);
    for (auto each :
         {RR_TEST_WATCHER_HOST, kind.c_str(), RR_TEST_CHILD, mode.c_str()})
      request.arguments.emplace_back(each);
    request.program = request.arguments[0];
    request.descriptors = {null_device, pipe->write.get(), 2};
    auto made = spawn(request);
    CAF_REQUIRE(made);
    pid = *made;
    pipe->write.reset();
    output = std::move(pipe->read);
    line = read_line(output.get());
    for (int i = 0; i < 2; ++i)
      CAF_CHECK_EQUAL(read_line(output.get()), "ready");
  }
};

const std::vector<std::string> as_ordinary_user{
  "/usr/bin/setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--"};

bool can_drop_privileges() {
  return ::geteuid() == 0 && ::access(as_ordinary_user[0].c_str(), X_OK) == 0;
}

/// What becomes of a daemon without an environment whose runtime is killed.
void check_killed_runtime(const std::vector<std::string>& before,
                          const std::string& kind, bool survives) {
  CAF_MESSAGE(kind);
  host runtime{before, kind, "bare-daemon-stay"};
  CAF_REQUIRE(runtime.line.starts_with("daemon "));
  auto daemon = std::atoi(runtime.line.c_str() + 7);
  auto process = open_process(daemon);
  CAF_REQUIRE(process);
  CAF_CHECK(alive(daemon));
  ::kill(runtime.pid, SIGKILL);
  ::waitpid(runtime.pid, nullptr, 0);
  auto end = pollfd{process->get(), POLLIN, 0};
  CAF_CHECK_EQUAL(::poll(&end, 1, survives ? 300 : 30'000), survives ? 0 : 1);
  if (survives)
    ::kill(daemon, SIGKILL);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(namespaces_tests, fixture)

CAF_TEST(a daemon without an environment does not outlive its child) {
  if (!watch_namespaces())
    return;
  std::atomic<pid_t> daemon = 0;
  auto lived_on = true;
  auto child = run({"bare-daemon-stay"}, [&] { lived_on = alive(daemon); });
  daemon = std::stoi(line("daemon "));
  CAF_CHECK(alive(daemon));
  child->process->kill();
  CAF_CHECK(child->end() == (process_exited{-SIGKILL, ended_by::kill}));
  CAF_CHECK(!lived_on);
}

CAF_TEST(a child that ends takes its daemons along) {
  if (!watch_namespaces())
    return;
  auto child = run({"bare-daemon"});
  CAF_CHECK(child->end() == (process_exited{0, ended_by::itself}));
  CAF_CHECK(!alive(std::stoi(line("daemon "))));
}

CAF_TEST(a child in a namespace is known from outside by its own number) {
  if (!watch_namespaces())
    return;
  auto child = run({"numbers"});
  auto text = line("inside ");
  auto inside = std::stoi(text);
  CAF_CHECK_EQUAL(text,
                  std::to_string(inside) + " group " + std::to_string(inside));
  auto pid = child->pid();
  CAF_CHECK(alive(pid));
  CAF_CHECK_EQUAL(::getpgid(pid), pid);
  run({"state"})->end();
  CAF_CHECK_EQUAL(line("open"), " 0 1 2");
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string stat;
  std::getline(file, stat);
  CAF_CHECK(stat.starts_with(std::to_string(pid) + " (test-child"));
  child->process->terminate();
  CAF_CHECK(child->end() == (process_exited{-SIGTERM, ended_by::terminate}));
}

CAF_TEST(whoever is in the namespace of a child is of its family) {
  if (!watch_namespaces())
    return;
  auto child = run({"bare-daemon-stay"});
  auto daemon = std::stoi(line("daemon "));
  CAF_CHECK(kinship_of(daemon, child->pid()) == kinship::own);
  auto other = run({"numbers"});
  auto inside = std::stoi(line("inside "));
  CAF_CHECK(kinship_of(daemon, other->pid()) == kinship::foreign);
  CAF_CHECK_EQUAL(seen_from_here(inside, other->pid()), other->pid());
  CAF_CHECK_EQUAL(seen_from_here(inside + 1, other->pid()), 0);
  CAF_CHECK_EQUAL(seen_from_here(17, ::getpid()), 17);
}

CAF_TEST(no two children have the same number inside) {
  if (!watch_namespaces())
    return;
  std::vector<std::string> numbers;
  for (int i = 0; i < 8; ++i) {
    auto child = run({"numbers"});
    numbers.push_back(line("inside ", child->pid()));
  }
  std::ranges::sort(numbers);
  CAF_CHECK(std::ranges::adjacent_find(numbers) == numbers.end());
  // Not those that all would begin with.
  for (auto& each : numbers)
    CAF_CHECK_GREATER(std::stoi(each), 100);
}

CAF_TEST(a pull reaches children in namespaces at whatever moment) {
  for (int i = 0; i < 20 && usable; ++i) {
    stop_cord own;
    watched child;
    child_watcher_settings settings;
    settings.containment = containment_kind::process_namespace;
    settings.emergency_terminate_timeout = std::chrono::seconds{60};
    auto made = child_watcher::make(settings, own, [](auto&) {});
    CAF_REQUIRE(made);
    process_settings what;
    what.name = "late";
    what.command = {RR_TEST_CHILD, "stay"};
    child.process = (*made)->start(what, child.listener());
    // At another instant each time, however busy the machine is.
    auto instant = std::chrono::steady_clock::now()
                   + std::chrono::microseconds{25 * i};
    while (std::chrono::steady_clock::now() < instant)
      continue;
    own.pull({"test", "", 255, 0});
    CAF_CHECK(child.facts.wait([&] { return child.failed || child.exited; }));
    if (child.exited)
      CAF_CHECK_EQUAL(child.exited->exit_code, -SIGTERM);
    made->reset();
  }
}

CAF_TEST(starts and ends leave no descriptor and no process) {
  // What watchers of before had no time for.
  while (::waitpid(-1, nullptr, 0) > 0)
    continue;
  if (!watch_namespaces())
    return;
  run({"exit", "0"})->end();
  auto before = open_descriptors();
  for (int i = 0; i < 20; ++i)
    CAF_CHECK_EQUAL(run({"exit", "3"})->end().exit_code, 3);
  process_settings missing;
  missing.name = "missing";
  missing.command = {"/nowhere/to/be/found"};
  for (int i = 0; i < 5; ++i)
    CAF_CHECK_EQUAL(start(missing)->failure(),
                    "cannot execute /nowhere/to/be/found: no such file or "
                    "directory");
  CAF_CHECK(eventually([&] { return open_descriptors() <= before; }));
  CAF_CHECK_EQUAL(watcher->count(), 0u);
  CAF_CHECK(errors.empty());
  CAF_CHECK(eventually([] {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0;
  }));
}

CAF_TEST(nothing outlives a killed runtime but where that is said) {
  if (!group_directory().empty())
    check_killed_runtime({}, to_string(containment_kind::control_group), false);
  if (usable)
    check_killed_runtime({}, to_string(containment_kind::process_namespace),
                         false);
  check_killed_runtime({}, to_string(containment_kind::cookie), true);
}

CAF_TEST(nothing outlives a killed runtime of an ordinary user) {
  if (!can_drop_privileges()) {
    CAF_MESSAGE("not root here");
    return;
  }
  check_killed_runtime(as_ordinary_user,
                       to_string(containment_kind::process_namespace), false);
}

CAF_TEST(a runtime with some capabilities keeps those of its children) {
  if (!can_drop_privileges()) {
    CAF_MESSAGE("not root here");
    return;
  }
  auto how = as_ordinary_user;
  how.insert(how.begin() + 1,
             {"--inh-caps=+net_admin", "--ambient-caps=+net_admin"});
  spawn_request request;
  request.arguments = how;
  for (auto each :
       {RR_TEST_WATCHER_HOST, "process namespace", RR_TEST_CHILD, "stay"})
    request.arguments.emplace_back(each);
  request.program = how[0];
  request.descriptors = {null_device, null_device, null_device};
  auto refused = spawn(request);
  CAF_REQUIRE(refused);
  auto status = 0;
  CAF_CHECK_EQUAL(::waitpid(*refused, &status, 0), *refused);
  CAF_CHECK_EQUAL(WEXITSTATUS(status), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace namespaces_suite
