// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE child_watcher

#include "bridges/process/child_watcher.hpp"

#include <algorithm>
#include <csignal>
#include <future>

#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"
#include "tests/support/counted_memory.hpp"
#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace child_watcher_suite {
namespace {

std::atomic<size_t> signals_sent{0};

/// By the thread that signals, since its start.
std::atomic<size_t> allocated_by_sender{0};

void signal_and_count(pid_t group, int signal) noexcept {
  if (signal != SIGKILL) {
    allocated_by_sender = allocations();
    ++signals_sent;
  }
  stop_cord::signal_group(group, signal);
}

/// Keeps the thread that tells of ends from all else.
class hold {
public:
  ~hold() {
    release();
  }

  /// For the listener of an end.
  std::function<void()> here() {
    return [this] {
      held_.set_value();
      released_.get_future().wait();
    };
  }

  bool held() {
    return held_.get_future().wait_for(patience) == std::future_status::ready;
  }

  void release() {
    if (!std::exchange(done_, true))
      released_.set_value();
  }

private:
  std::promise<void> held_;
  std::promise<void> released_;
  bool done_ = false;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(child_watcher_tests, watcher_fixture)

CAF_TEST(an exit code arrives as it is) {
  watch();
  for (auto code : {0, 1, 127, 254}) {
    auto child = run({"exit", std::to_string(code)});
    CAF_CHECK(child->end() == (process_exited{code, ended_by::itself}));
    CAF_CHECK_GREATER(child->pid(), 0);
  }
  CAF_CHECK(!cord.pulled());
  CAF_CHECK_EQUAL(watcher->count(), 0u);
}

CAF_TEST(death by a signal is its negative number) {
  watch();
  CAF_CHECK(run({"raise", "9"})->end()
            == (process_exited{-9, ended_by::itself}));
  CAF_CHECK(run({"raise", "15"})->end()
            == (process_exited{-15, ended_by::itself}));
}

CAF_TEST(the emergency code pulls the cord and all others are terminated) {
  watch();
  auto other = run({"stay"});
  line("ready", other->pid());
  auto cause = run({"exit", "255"});
  CAF_CHECK(cause->end() == (process_exited{255, ended_by::itself}));
  CAF_CHECK(other->end() == (process_exited{-SIGTERM, ended_by::terminate}));
  CAF_REQUIRE_EQUAL(pulls.size(), 1u);
  CAF_CHECK(pulls[0].cause == (stop_cause{"child-2", "", 255, cause->pid()}));
}

CAF_TEST(the emergency code is the configured one) {
  child_watcher_settings settings;
  settings.emergency_exit_code = 7;
  watch(settings);
  run({"exit", "255"})->end();
  CAF_CHECK(!cord.pulled());
  run({"exit", "7"})->end();
  CAF_CHECK(cord.pulled());
}

CAF_TEST(a child that is terminated can raise the emergency) {
  watch();
  auto child = run({"emergency"});
  line("ready");
  child->process->terminate();
  CAF_CHECK(child->end() == (process_exited{255, ended_by::terminate}));
  CAF_CHECK(cord.pulled());
}

CAF_TEST(the cord is pulled before the exit is told) {
  watch();
  auto pulled_first = false;
  auto child = run({"exit", "255"}, [&] { pulled_first = cord.pulled(); });
  child->end();
  CAF_CHECK(pulled_first);
}

CAF_TEST(a child that ignores an emergency is killed by the watcher) {
  child_watcher_settings settings;
  settings.emergency_terminate_timeout = 50ms;
  watch(settings);
  auto child = run({"ignore"});
  line("ready");
  cord.pull({"", "operator", 255});
  CAF_CHECK(child->end() == (process_exited{-SIGKILL, ended_by::kill}));
}

CAF_TEST(what stops for an emergency is not signalled again) {
  watch();
  auto child = run({"report"});
  line("ready");
  cord.pull({"", "operator", 255});
  line("terminated");
  child->process->terminate();
  CAF_CHECK(child->end() == (process_exited{-SIGKILL, ended_by::kill}));
  watcher->flush_output();
  auto is_report = [](auto& x) { return x.text == "terminated"; };
  output.change([&] {
    CAF_CHECK_EQUAL(std::count_if(lines.begin(), lines.end(), is_report), 1);
  });
}

CAF_TEST(an emergency waits for nothing that the other thread does) {
  child_watcher_settings settings;
  settings.emergency_terminate_timeout = 50ms;
  watch(settings);
  auto stubborn = run({"ignore"});
  auto cause = run({"emergency"});
  line("ready", stubborn->pid());
  line("ready", cause->pid());
  hold busy;
  run({"exit", "0"}, busy.here());
  CAF_REQUIRE(busy.held());
  ::kill(cause->pid(), SIGTERM);
  CAF_CHECK(output.wait([this] { return pulls.size() == 1; }));
  CAF_CHECK(eventually([&] { return !alive(stubborn->pid()); }));
  busy.release();
  CAF_CHECK(cause->end() == (process_exited{255, ended_by::itself}));
  CAF_CHECK(stubborn->end() == (process_exited{-SIGKILL, ended_by::kill}));
}

CAF_TEST(to kill all waits for nothing that the other thread does) {
  watch();
  auto stubborn = run({"ignore"});
  line("ready", stubborn->pid());
  hold busy;
  run({"exit", "0"}, busy.here());
  CAF_REQUIRE(busy.held());
  watcher->kill_all();
  CAF_CHECK(eventually([&] { return !alive(stubborn->pid()); }));
  busy.release();
  CAF_CHECK(stubborn->end() == (process_exited{-SIGKILL, ended_by::kill}));
}

CAF_TEST(a thread that hangs does not answer and the other one does) {
  watch();
  auto witnesses = watcher->witnesses(1s);
  CAF_REQUIRE(witnesses.size() >= 2);
  auto answers = [&](size_t who, uint64_t question) {
    witnesses[who].ask(question);
    return eventually([&] { return witnesses[who].answered() == question; });
  };
  CAF_CHECK(answers(0, 1));
  CAF_CHECK(answers(1, 1));
  hold busy;
  run({"exit", "0"}, busy.here());
  CAF_REQUIRE(busy.held());
  witnesses[1].ask(2);
  CAF_CHECK(answers(0, 2));
  CAF_CHECK_EQUAL(witnesses[1].answered(), 1u);
  busy.release();
  CAF_CHECK(eventually([&] { return witnesses[1].answered() == 2; }));
}

CAF_TEST(nothing is allocated between the end of a child and the last signal) {
  stop_cord own{16, signal_and_count};
  signals_sent = 0;
  auto made = child_watcher::make({}, own, [this](auto& line) {
    output.change([&] { lines.push_back(line); });
  });
  CAF_REQUIRE(made);
  watcher = std::move(*made);
  auto other = run({"stay"});
  line("ready", other->pid());
  // Its name is longer than what a string has room for in itself.
  process_settings settings;
  settings.name = std::string(32, 'n');
  settings.command = {RR_TEST_CHILD, "exit", "255"};
  start(settings)->end();
  CAF_CHECK_EQUAL(other->end().exit_code, -SIGTERM);
  CAF_CHECK_GREATER_OR_EQUAL(signals_sent.load(), 4u);
  CAF_CHECK_EQUAL(allocated_by_sender.load(), 0u);
  watcher.reset();
}

CAF_TEST(no start succeeds once the cord has been pulled) {
  watch();
  cord.pull({"", "operator", 255});
  CAF_CHECK_EQUAL(run({"exit", "0"})->failure(),
                  "cannot start child-1: the stop cord has been pulled");
}

CAF_TEST(a stopped child is terminated) {
  watch();
  auto child = run({"stay"});
  line("ready");
  ::kill(child->pid(), SIGSTOP);
  child->process->terminate();
  CAF_CHECK(child->end() == (process_exited{-SIGTERM, ended_by::terminate}));
}

CAF_TEST(what ignores the termination is killed) {
  watch();
  auto child = run({"ignore"});
  line("ready");
  child->process->terminate();
  child->process->kill();
  CAF_CHECK(child->end() == (process_exited{-SIGKILL, ended_by::kill}));
}

CAF_TEST(a child is killed when nobody holds it any more) {
  watch();
  auto child = run({"stay"});
  line("ready");
  child->process.reset();
  CAF_CHECK(child->end() == (process_exited{-SIGKILL, ended_by::kill}));
}

CAF_TEST(all are killed at once) {
  watch();
  auto first = run({"ignore"});
  auto second = run({"ignore"});
  line("ready", first->pid());
  line("ready", second->pid());
  CAF_CHECK_EQUAL(watcher->count(), 2u);
  watcher->kill_all();
  CAF_CHECK_EQUAL(first->end().exit_code, -SIGKILL);
  CAF_CHECK_EQUAL(second->end().exit_code, -SIGKILL);
}

CAF_TEST(the end of the watcher is the end of its children) {
  watch();
  auto child = run({"ignore"});
  auto pid = child->pid();
  watcher.reset();
  CAF_CHECK_EQUAL(child->end().exit_code, -SIGKILL);
  CAF_CHECK(!alive(pid));
}

CAF_TEST(a child that somebody else has reaped has ended with no known code) {
  watch();
  auto child = run({"stay"});
  auto other = run({"stay"});
  line("ready", child->pid());
  line("ready", other->pid());
  // As a library may do it; the kernel itself does where it is ignored.
  ::signal(SIGCHLD, SIG_IGN);
  ::kill(child->pid(), SIGKILL);
  auto end = child->end();
  ::signal(SIGCHLD, SIG_DFL);
  CAF_CHECK(end == (process_exited{unknown_exit_code, ended_by::itself}));
  CAF_CHECK(!cord.pulled());
  CAF_CHECK(alive(other->pid()));
  other->process->terminate();
  CAF_CHECK_EQUAL(other->end().exit_code, -SIGTERM);
}

CAF_TEST(two hundred children live at once and leave no descriptor) {
  watch();
  auto before = open_descriptors();
  std::vector<watched*> many;
  for (int i = 0; i < 200; ++i)
    many.push_back(run({"stay"}));
  for (auto child : many)
    child->pid();
  CAF_CHECK_EQUAL(watcher->count(), 200u);
  for (auto child : many)
    child->process->terminate();
  for (auto child : many)
    CAF_CHECK_EQUAL(child->end().cause, ended_by::terminate);
  // The last descriptors are closed on other threads.
  for (int i = 0; i < 1000 && open_descriptors() > before; ++i)
    ::usleep(1000);
  CAF_CHECK_EQUAL(open_descriptors(), before);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace child_watcher_suite
