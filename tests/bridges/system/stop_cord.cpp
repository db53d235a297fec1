// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE stop_cord

#include "bridges/system/stop_cord.hpp"

#include <csignal>
#include <optional>
#include <utility>

#include <caf/test/dsl.hpp>

#include "tests/support/counted_memory.hpp"
#include "tests/support/forked.hpp"

using namespace rr;
using namespace rr::test;

namespace stop_cord_suite {
namespace {

std::vector<std::pair<pid_t, int>> sent;

/// By this thread, up to the last signal.
size_t allocated = 0;

void record(pid_t group, int signal) noexcept {
  allocated = allocations();
  sent.emplace_back(group, signal);
}

struct fixture {
  stop_cord cord{4, record};
  std::vector<stop_cord_pulled> seen;

  fixture() {
    sent.clear();
    sent.reserve(16);
    cord.observe([this](const stop_cord_pulled& x) { seen.push_back(x); });
  }
};

using signals = std::vector<std::pair<pid_t, int>>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(stop_cord_tests, fixture)

CAF_TEST(a pull terminates every group before it continues any) {
  CAF_REQUIRE(cord.add(11));
  CAF_REQUIRE(cord.add(12));
  CAF_CHECK(cord.pull({"battery", "", 255}));
  CAF_CHECK(cord.pulled());
  auto expected
    = signals{{11, SIGTERM}, {12, SIGTERM}, {11, SIGCONT}, {12, SIGCONT}};
  CAF_CHECK(sent == expected);
}

CAF_TEST(what is to be done first is done before any signal) {
  CAF_REQUIRE(cord.add(11));
  size_t sent_before = 99;
  auto latched = true;
  std::string process;
  cord.at_first([&](const stop_cause_view& cause) {
    sent_before = sent.size();
    latched = cord.pulled();
    process = cause.process;
  });
  CAF_CHECK(cord.pull({"battery", "", 255}));
  CAF_CHECK_EQUAL(sent_before, 0u);
  CAF_CHECK(!latched);
  CAF_CHECK_EQUAL(process, "battery");
  CAF_CHECK_EQUAL(sent.size(), 2u);
}

CAF_TEST(nothing is allocated before the last signal) {
  CAF_REQUIRE(cord.add(11));
  // Longer than what a string has room for in itself.
  std::string process(100, 'p');
  std::string text(1000, 't');
  auto before = allocations();
  CAF_CHECK_NOT_EQUAL(before, 0u);
  CAF_CHECK(cord.pull({process, text, 255, 17}));
  CAF_CHECK_EQUAL(sent.size(), 2u);
  CAF_CHECK_EQUAL(allocated - before, 0u);
  CAF_REQUIRE_EQUAL(seen.size(), 1u);
  CAF_CHECK(seen[0].cause == (stop_cause{process, text, 255, 17}));
}

CAF_TEST(a pull that is not told signals and takes no memory) {
  CAF_REQUIRE(cord.add(11));
  auto before = allocations();
  CAF_CHECK(cord.pull_untold({"", std::string_view{"no memory"}, 255}));
  CAF_CHECK_EQUAL(allocations() - before, 0u);
  CAF_CHECK_EQUAL(sent.size(), 2u);
  CAF_CHECK(cord.pulled());
  CAF_CHECK(seen.empty());
  CAF_CHECK(!cord.pull({"battery", "", 255}));
  CAF_CHECK(seen.empty());
}

CAF_TEST(a child is left until it has ended whether it is reaped or not ) {
  CAF_CHECK(!cord.is_any_left());
  forked child{[] {
    ::pause();
    return 0;
  }};
  CAF_REQUIRE(cord.add(child.pid()));
  CAF_CHECK(cord.is_any_left());
  ::kill(child.pid(), SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT);
  CAF_CHECK(!cord.is_any_left());
  child.join();
  CAF_CHECK(!cord.is_any_left());
}

CAF_TEST(only the first pull counts) {
  CAF_REQUIRE(cord.add(11));
  CAF_CHECK(cord.pull({"battery", "", 255}));
  CAF_CHECK(!cord.pull({"camera", "", 255}));
  CAF_CHECK_EQUAL(sent.size(), 2u);
  CAF_REQUIRE_EQUAL(seen.size(), 1u);
  CAF_CHECK_EQUAL(seen[0].cause.process, "battery");
}

CAF_TEST(of two that pull at once one counts) {
  CAF_REQUIRE(cord.add(11));
  std::optional<bool> other;
  auto first = true;
  // Another thread may pull while this one does what comes first.
  cord.at_first([&](const stop_cause_view&) {
    if (std::exchange(first, false))
      other = cord.pull({"camera", "", 255});
  });
  CAF_CHECK(!cord.pull({"battery", "", 255}));
  CAF_CHECK(other == std::optional{true});
  CAF_CHECK_EQUAL(sent.size(), 2u);
  CAF_REQUIRE_EQUAL(seen.size(), 1u);
  CAF_CHECK_EQUAL(seen[0].cause.process, "camera");
}

CAF_TEST(who observes a cord last is told first) {
  std::optional<size_t> told_before;
  cord.observe([&](const stop_cord_pulled&) { told_before = seen.size(); });
  cord.pull({"battery", "", 255});
  CAF_CHECK_EQUAL(told_before.value_or(99), 0u);
  CAF_CHECK_EQUAL(seen.size(), 1u);
}

CAF_TEST(a group that joins a pulled cord is signalled at once) {
  cord.pull({"", "operator", 255});
  CAF_REQUIRE(cord.add(13));
  auto expected = signals{{13, SIGTERM}, {13, SIGCONT}};
  CAF_CHECK(sent == expected);
}

CAF_TEST(a group that has left is not signalled) {
  auto first = cord.add(11);
  CAF_REQUIRE(first);
  CAF_REQUIRE(cord.add(12));
  cord.remove(*first);
  cord.pull({"", "operator", 255});
  auto expected = signals{{12, SIGTERM}, {12, SIGCONT}};
  CAF_CHECK(sent == expected);
}

CAF_TEST(a full list refuses and a slot that is free again is used) {
  std::vector<stop_cord::slot> slots;
  for (pid_t group = 1; group <= 4; ++group)
    slots.push_back(cord.add(group).value_or(99));
  CAF_CHECK(!cord.add(5));
  cord.remove(slots[2]);
  CAF_CHECK_EQUAL(cord.add(5).value_or(99), slots[2]);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace stop_cord_suite
