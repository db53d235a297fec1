// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE signal_listener

#include "bridges/system/signal_listener.hpp"

#include <caf/test/dsl.hpp>

#include <csignal>
#include <fcntl.h>
#include <future>
#include <thread>
#include <unistd.h>

using namespace rr;
using namespace std::chrono_literals;

namespace signal_listener_suite {
namespace {

sigset_t stop_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  return result;
}

/// Those that the tests send.
sigset_t sent_signals() {
  auto result = stop_signals();
  for (auto x : {SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGRTMIN})
    sigaddset(&result, x);
  return result;
}

/// CAF's driver starts a thread, its watchdog, before any test.
[[maybe_unused]] const auto blocked_in_every_thread = [] {
  auto signals = sent_signals();
  return ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}();

struct fixture {
  std::vector<int> seen;
  std::promise<void> two_seen;

  fixture() {
    CAF_REQUIRE(!block_stop_signals());
  }

  ~fixture() {
    for (auto x : {SIGPIPE, SIGXFSZ, SIGTTOU, SIGTTIN, SIGXCPU})
      ::signal(x, SIG_DFL);
  }

  std::unique_ptr<signal_listener> listen() {
    auto result = signal_listener::make([this](int signal) {
      seen.push_back(signal);
      if (seen.size() == 2)
        two_seen.set_value();
    });
    CAF_REQUIRE(result);
    return std::move(*result);
  }

  bool wait_for_two() {
    return two_seen.get_future().wait_for(10s) == std::future_status::ready;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(signal_listener_tests, fixture)

CAF_TEST(blocking reaches this thread and what it starts) {
  auto signals = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  CAF_CHECK(!block_stop_signals());
  std::thread{[] {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    CAF_CHECK(sigismember(&mask, SIGINT) == 1);
    CAF_CHECK(sigismember(&mask, SIGTERM) == 1);
  }}.join();
}

CAF_TEST(two signals in quick succession are two callbacks) {
  auto listener = listen();
  ::kill(::getpid(), SIGTERM);
  ::kill(::getpid(), SIGINT);
  CAF_CHECK(wait_for_two());
  listener.reset();
  std::sort(seen.begin(), seen.end());
  CAF_CHECK(seen == (std::vector<int>{SIGINT, SIGTERM}));
}

CAF_TEST(signals that came before the listener wait for it) {
  ::kill(::getpid(), SIGTERM);
  ::kill(::getpid(), SIGTERM);
  ::kill(::getpid(), SIGINT);
  auto listener = listen();
  CAF_CHECK(wait_for_two());
  listener.reset();
  CAF_CHECK_EQUAL(seen.size(), 2u);
}

CAF_TEST(a signal that would end the program waits for the listener) {
  sigset_t others;
  sigemptyset(&others);
  for (auto x : {SIGQUIT, SIGHUP, SIGUSR1, SIGALRM, SIGRTMIN})
    sigaddset(&others, x);
  ::pthread_sigmask(SIG_UNBLOCK, &others, nullptr);
  CAF_REQUIRE(!block_stop_signals());
  for (auto x : {SIGQUIT, SIGHUP, SIGUSR1, SIGALRM, SIGRTMIN}) {
    std::promise<int> told;
    auto listener
      = unbox(signal_listener::make([&](int y) { told.set_value(y); }));
    ::kill(::getpid(), x);
    CAF_CHECK_EQUAL(told.get_future().get(), x);
  }
}

CAF_TEST(what somebody else waits for is theirs) {
  // Blocked as it is, USR2 is not waited for here.
  auto listener = listen();
  ::kill(::getpid(), SIGUSR2);
  ::kill(::getpid(), SIGINT);
  ::kill(::getpid(), SIGTERM);
  CAF_CHECK(wait_for_two());
  sigset_t theirs;
  sigemptyset(&theirs);
  sigaddset(&theirs, SIGUSR2);
  int signal = 0;
  CAF_CHECK_EQUAL(::sigwait(&theirs, &signal), 0);
  CAF_CHECK_EQUAL(signal, SIGUSR2);
}

CAF_TEST(SIGINT and SIGTERM are heard though they were ignored) {
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  CAF_REQUIRE(!block_stop_signals());
  auto listener = listen();
  ::kill(::getpid(), SIGTERM);
  ::kill(::getpid(), SIGINT);
  CAF_CHECK(wait_for_two());
}

CAF_TEST(a signal has one meaning) {
  CAF_CHECK(meaning_of(SIGTERM) == signal_meaning::stop);
  CAF_CHECK(meaning_of(SIGINT) == signal_meaning::stop);
  CAF_CHECK(meaning_of(SIGQUIT) == signal_meaning::stop);
  CAF_CHECK(meaning_of(SIGUSR1) == signal_meaning::stray);
  CAF_CHECK(meaning_of(SIGRTMAX) == signal_meaning::stray);
  auto terminal
    = file_descriptor{::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)};
  CAF_CHECK(meaning_of(SIGHUP)
            == (terminal ? signal_meaning::hang_up : signal_meaning::reload));
}

CAF_TEST(the end of a listener waits for no signal) {
  listen().reset();
  CAF_CHECK(seen.empty());
}

CAF_TEST(a closed pipe is an error and no signal) {
  int fds[2];
  CAF_REQUIRE(::pipe(fds) == 0);
  ::close(fds[0]);
  CAF_CHECK_EQUAL(::write(fds[1], "x", 1), -1);
  ::close(fds[1]);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace signal_listener_suite
