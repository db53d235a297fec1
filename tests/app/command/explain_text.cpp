// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE explain_text

#include "app/command/explain_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "messages/json.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace explain_text_suite {
namespace {

/// 2023-11-14 22:13:20 UTC.
const auto now = caf::timestamp{} + std::chrono::seconds{1'700'000'000};

struct fixture {
  run_history history;

  fixture() {
    ::setenv("TZ", "UTC0", 1);
    ::tzset();
  }

  run_record& run(caf::timespan ago) {
    auto& result = history.runs.emplace_back();
    result.start = {now - ago, 17, 4711, "1.0", "boot", ""};
    return result;
  }

  void end(run_record& run, caf::timespan ago, const std::string& reason,
           std::vector<run_cause> causes = {}) {
    run.end = run_end{now - ago, 1, reason, true, std::move(causes)};
  }

  std::string text(size_t most = 1) {
    return explain_as_text(history, most, now, "/state");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(explain_text_tests, fixture)

CAF_TEST(without a record that is said) {
  CAF_CHECK_EQUAL(text(), "No run of a robot is recorded in /state.\n");
  CAF_CHECK_EQUAL(explain_as_json(history, 3), "");
}

CAF_TEST(the black box of an end is named) {
  end(run(900s), 200s, "a failure");
  auto finder = [](const run_start& start) {
    return start.pid == 17 ? std::optional<std::string>{"/state/a\n.mcap"}
                           : std::nullopt;
  };
  auto told = explain_as_text(history, 1, now, "/state", finder);
  CAF_CHECK(told.ends_with("; its last minute is in /state/a\\n.mcap.\n"));
  auto object = json::parse(explain_as_json(history, 1, finder));
  CAF_CHECK_EQUAL(object.value("record", ""), "/state/a\n.mcap");
  history.runs.front().start.pid = 18;
  CAF_CHECK_EQUAL(explain_as_text(history, 1, now, "/state", finder), text());
  CAF_CHECK(
    !json::parse(explain_as_json(history, 1, finder)).contains("record"));
}

CAF_TEST(an end is told as a chain with times and last lines) {
  run_cause died{now - 200s,
                 "process motor died by SIGSEGV",
                 "motor",
                 -11,
                 {"1", "2", "3", "4", "5", "E \x1b[2Jbad"}};
  run_cause stopped{
    now - 199s, "on-failure = stop: the robot stopped", "motor", {}, {}};
  end(run(800s), 199s, "process motor died by SIGSEGV", {died, stopped});
  CAF_CHECK_EQUAL(
    text(), "The robot stopped at 2023-11-14 22:10:01 (3 min ago) with exit "
            "code 1:\n"
            "process motor died by SIGSEGV.\n"
            "  22:10:00  process motor died by SIGSEGV\n"
            "            | 2\n"
            "            | 3\n"
            "            | 4\n"
            "            | 5\n"
            "            | E \\x1b[2Jbad\n"
            "  22:10:01  on-failure = stop: the robot stopped\n"
            "It had run for 10 min, from 2023-11-14 22:00:00.\n");
}

CAF_TEST(one that has left no end is told by what is known) {
  auto& lost = run(800s);
  end(lost, 100s, "the runtime was killed",
      {{now - 100s, "the runtime was killed", {}, {}, {}}});
  lost.end->in_order = false;
  lost.end->exit_code = caf::none;
  CAF_CHECK_EQUAL(text(), "The runtime did not end in order, some time after "
                          "2023-11-14 22:11:40 (100 s ago):\n"
                          "the runtime was killed.\n"
                          "It had run for 11 min, from 2023-11-14 22:00:00.\n");
}

CAF_TEST(a robot that runs is told before what ended before) {
  end(run(800s), 199s, "SIGTERM");
  run(10s);
  auto told = text();
  CAF_CHECK(told.starts_with("A robot runs since 2023-11-14 22:13:10 (10 s "
                             "ago), as process 17.\nBefore that:\nThe robot "
                             "stopped"));
}

CAF_TEST(a latch is told in words and as JSON) {
  end(run(800s), 199s, "SIGTERM");
  history.latched = true;
  CAF_CHECK(text().ends_with(
    "An emergency stop is latched, and its file cannot be read.\n"
    "The robot does not start before `robot-runtime estop --reset`.\n"));
  history.latched_at = now - 199s;
  history.latch_cause = "process motor\x1b";
  CAF_CHECK(text().find("is latched since 2023-11-14 22:10:01 (3 min ago), "
                        "process motor\\x1b.\n")
            != std::string::npos);
  auto object = json::parse(explain_as_json(history, 1));
  CAF_CHECK_EQUAL(object.at("latched"), true);
  CAF_CHECK_EQUAL(object.at("reason"), "SIGTERM");
  CAF_CHECK_EQUAL(object.at("ended"), "2023-11-14T22:10:01.000000Z");
  CAF_CHECK_EQUAL(object.at("exit_code"), 1);
  CAF_CHECK(object.at("causes").is_array());
}

CAF_TEST(as many ends are told as are asked for the newest first) {
  for (auto reason : {"first", "second", "third"})
    end(run(800s), 199s, reason);
  auto lines = explain_as_json(history, 2);
  CAF_CHECK_EQUAL(std::count(lines.begin(), lines.end(), '\n'), 2);
  CAF_CHECK(lines.find("third") < lines.find("second"));
  CAF_CHECK(lines.find("first") == std::string::npos);
  CAF_CHECK(text(2).find("second") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace explain_text_suite
