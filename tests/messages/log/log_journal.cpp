// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_journal

#include "messages/log/log_plain.hpp"

#include "tests/support/fake_journal.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace log_journal_suite {
namespace {

log_event event_of(std::string text, log_fields fields,
                   log_level level = log_level::info) {
  using namespace std::chrono;
  return {std::move(text), level, sys_days{2024y / May / 1} + 9h, "robot",
          std::move(fields)};
}

auto entry_of(const log_event& event) {
  return journal_fields(to_journal(event));
}

} // namespace

CAF_TEST(a plain text is what happened and the fields) {
  auto event = event_of("Process failed", {{"process", "arm"},
                                           {"pid", 17},
                                           {"reason", "out of memory"},
                                           {"trace", "one\ntwo\n"},
                                           {"core_dumped", false}});
  CAF_CHECK_EQUAL(to_plain(event),
                  "Process failed pid=17 reason=\"out of memory\" "
                  "core_dumped=false\ntrace:\n  one\n  two");
  CAF_CHECK_EQUAL(subject_of(event), "arm");
  CAF_CHECK_EQUAL(subject_of(event_of("Robot held", {})), "robot");
}

CAF_TEST(a line of a child is its text alone) {
  auto event = event_of("turn\x1b[2J",
                        {{"process", "arm"}, {"pid", 1}, {"stream", "stdout"}});
  CAF_CHECK_EQUAL(to_plain(event), "turn\\x1b[2J");
}

CAF_TEST(an entry has what the journal shows and each field) {
  auto entry = entry_of(event_of(
    "Process failed", {{"process", "arm"}, {"pid", 17}, {"ran", 0.5}}));
  CAF_CHECK_EQUAL(entry["MESSAGE"], "Process failed pid=17 ran=0.5");
  CAF_CHECK_EQUAL(entry["PRIORITY"], "6");
  CAF_CHECK_EQUAL(entry["SYSLOG_IDENTIFIER"], "arm");
  CAF_CHECK_EQUAL(entry["RR_EVENT"], "Process failed");
  CAF_CHECK_EQUAL(entry["RR_APP"], "robot");
  CAF_CHECK_EQUAL(entry["RR_TIMESTAMP"], "2024-05-01T09:00:00.000000Z");
  CAF_CHECK_EQUAL(entry["RR_PROCESS"], "arm");
  CAF_CHECK_EQUAL(entry["RR_PID"], "17");
  CAF_CHECK_EQUAL(entry["RR_RAN"], "0.5");
  CAF_CHECK_EQUAL(entry.size(), 9u);
}

CAF_TEST(levels are priorities of syslog) {
  std::string priorities;
  for (auto level : {log_level::debug, log_level::info, log_level::warning,
                     log_level::error, log_level::critical})
    priorities += entry_of(event_of("x", {}, level))["PRIORITY"];
  CAF_CHECK_EQUAL(priorities, "76432");
}

CAF_TEST(no value passes for a field of its own) {
  auto forged = std::string{"x\nPRIORITY=0\n\0y", 15};
  auto entry
    = entry_of(event_of(forged, {{"a", forged}, {"b", ""}}, log_level::debug));
  CAF_CHECK_EQUAL(entry["PRIORITY"], "7");
  CAF_CHECK_EQUAL(entry["RR_EVENT"], forged);
  CAF_CHECK_EQUAL(entry["RR_A"], forged);
  CAF_CHECK_EQUAL(entry["RR_B"], "");
  CAF_CHECK_EQUAL(entry.size(), 8u);
}

CAF_TEST(no name is one that the journal refuses or another means) {
  auto entry = entry_of(event_of("x", {{"a=b\n-\xff", "1"},
                                       {"message", "2"},
                                       {std::string(100, 'z'), "3"},
                                       {"", "4"}}));
  CAF_CHECK_EQUAL(entry["RR_A_B___"], "1");
  CAF_CHECK_EQUAL(entry["RR_MESSAGE"], "2");
  CAF_CHECK_EQUAL(entry["MESSAGE"].front(), 'x');
  CAF_CHECK_EQUAL(entry["RR_" + std::string(61, 'Z')], "3");
  CAF_CHECK_EQUAL(entry["RR_"], "4");
}

} // namespace log_journal_suite
