// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_groups

#include <csignal>
#include <sys/resource.h>

#include <chrono>
#include <thread>

#include "bridges/process/cgroup_worker.hpp"

#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;

namespace control_groups_suite {
namespace {

struct fixture : watcher_fixture {
  /// Where the watcher's groups are made; empty where they cannot be.
  std::string above = group_directory();

  fixture() {
    if (above.empty()) {
      CAF_MESSAGE("no control groups here");
      return;
    }
    child_watcher_settings settings;
    settings.containment = containment_kind::control_group;
    watch(settings);
  }

  /// The groups of starts that this process has made.
  size_t groups() const {
    size_t result = 0;
    auto mark = '-' + std::to_string(::getpid()) + '-';
    for (auto& own : list_directory(above))
      if (own.find(mark) != std::string::npos)
        for (auto& name : list_directory(above + '/' + own))
          if (name.find_first_not_of("0123456789") == std::string::npos)
            ++result;
    return result;
  }
};

/// Lets this process open nothing for as long as it lives.
class no_descriptors {
public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &own_);
    auto none = rlimit{0, own_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }

  ~no_descriptors() {
    ::setrlimit(RLIMIT_NOFILE, &own_);
  }

private:
  rlimit own_{};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(control_group_tests, fixture)

CAF_TEST(neither an end nor a start that is cancelled leaves a control group) {
  if (above.empty())
    return;
  auto lasting = run({"stay"});
  line("ready", lasting->pid());
  for (int i = 0; i < 50; ++i)
    run({"stay"})->process->kill();
  run({"exit", "0"})->end();
  CAF_CHECK(eventually([&] { return groups() == 1; }));
  lasting->process->kill();
  lasting->end();
  CAF_CHECK(eventually([&] { return groups() == 0; }));
}

CAF_TEST(a start that is cancelled before its turn leaves no control group) {
  if (above.empty())
    return;
  // Groups are made faster than children start, one after the other.
  std::vector<watched*> all;
  for (auto i = 0; i < 60; ++i)
    all.push_back(run({"stay"}));
  all.front()->pid();
  for (auto each = all.rbegin(); each != all.rend(); ++each)
    (*each)->process->kill();
  CAF_CHECK(all.back()->failure().find("stopped before") != std::string::npos);
  CAF_CHECK(eventually([&] { return groups() == 0; }));
}

CAF_TEST(what cannot be killed for want of a descriptor is killed later) {
  if (above.empty())
    return;
  auto child = run({"daemon-stay"});
  auto daemon = std::stoi(line("daemon "));
  auto pid = child->pid();
  auto owner = watcher->witnesses(patience).at(1);
  {
    no_descriptors while_it_ends;
    child->process->kill();
    CAF_CHECK(eventually([&] { return ::kill(pid, 0) != 0; }));
    // It has been reaped. Who did that looks for what it has left before it
    // answers.
    owner.ask(1);
    CAF_CHECK(eventually([&] { return owner.answered() == 1; }));
  }
  child->end();
  CAF_CHECK(!alive(daemon));
  CAF_CHECK_EQUAL(errors, std::vector<std::string>{});
}

CAF_TEST(the thread that makes control groups always hears of its end) {
  // It is told while it takes another call: both may come between two steps.
  for (auto i = 0; i < 10000; ++i) {
    cgroup_worker worker;
    CAF_REQUIRE(!worker.start());
    auto witness = worker.witness();
    witness.ask(1);
    while (witness.answered() < 1)
      std::this_thread::yield();
    witness.ask(2);
    auto until = std::chrono::steady_clock::now()
                 + std::chrono::nanoseconds{i % 100 * 100};
    while (std::chrono::steady_clock::now() < until)
      continue;
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_groups_suite
