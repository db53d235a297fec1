// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_end

#include "messages/record/process_end.hpp"

#include "messages/record/record_line.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace process_end_suite {
namespace {

/// A time as exact as a record has it.
caf::timestamp at(int64_t ms) {
  return caf::timestamp{} + std::chrono::milliseconds{1'700'000'000'000 + ms};
}

process_end motor(int64_t ms = 0) {
  process_end result;
  result.process = "motor";
  result.pid = 4711;
  result.time = at(ms);
  result.ran = 1500ms;
  result.exit_code = -11;
  result.core_dumped = true;
  result.failed = true;
  result.cpu = 20ms;
  result.max_resident_kib = 18'432;
  result.reason = "process motor died by SIGSEGV";
  result.start = 3;
  result.reaction = robot_reaction::emergency_stop;
  result.given_up = "5 restarts within 30s";
  result.last_lines = {"E: \x1b[31mno\tmotor", "\"\\", "\xc3\xa4"};
  return result;
}

/// What is read back of a text, and whether it was whole.
std::vector<process_end> read(const std::string& text, bool expected_whole) {
  auto whole = !expected_whole;
  auto result = read_ends(text, whole);
  CAF_CHECK_EQUAL(whole, expected_whole);
  return result;
}

} // namespace

CAF_TEST(a record is read as it was written) {
  auto not_started = motor();
  not_started.pid = 0;
  not_started.exit_code = caf::none;
  not_started.given_up.clear();
  not_started.cause = ended_by::kill;
  not_started.reaction = robot_reaction::ignore;
  for (const auto& end : {motor(), not_started})
    CAF_CHECK((read(as_record_line(as_json(end)), true)
               == std::vector<process_end>{end}));
}

CAF_TEST(a record says for people and scripts how a process has ended) {
  auto object = as_json(motor());
  CAF_CHECK_EQUAL(object.at("time"), "2023-11-14T22:13:20.000000Z");
  CAF_CHECK_EQUAL(object.at("ran"), 1.5);
  CAF_CHECK_EQUAL(object.at("signal"), "SIGSEGV");
  CAF_CHECK_EQUAL(object.at("reaction"), "emergency stop");
}

CAF_TEST(a file that is torn at any byte is read without its last record) {
  auto first = as_record_line(as_json(motor()));
  auto text = first + as_record_line(as_json(motor(1)));
  for (size_t size = 0; size <= text.size(); ++size) {
    auto whole = true;
    auto ends = read_ends(std::string_view{text}.substr(0, size), whole);
    auto complete = size + 1 >= text.size()    ? 2u
                    : size + 1 >= first.size() ? 1u
                                               : 0u;
    CAF_REQUIRE_EQUAL(ends.size(), complete);
    CAF_REQUIRE_EQUAL(whole,
                      size == 0 || size == first.size() || size == text.size());
  }
}

CAF_TEST(what is no record is left out) {
  auto good = as_record_line(as_json(motor()));
  auto with = [](const char* key, json value) {
    auto object = as_json(motor());
    object[key] = std::move(value);
    return as_record_line(object);
  };
  auto too_many = std::vector<std::string>(kept_lines + 1, "x");
  auto too_deep = json::parse(std::string(9, '[') + std::string(9, ']'));
  for (const auto& bad :
       {std::string{"nonsense\n"}, std::string{"[]\n"}, std::string{"{}\n"},
        std::string(100'000, '[') + "\n", std::string(100'000, 'x') + "\n",
        with("pid", 4'294'967'296), with("pid", "1"), with("exit_code", 1.5),
        with("ran", -1), with("ran", 1e300), with("time", "today"),
        with("process", ""), with("by", "magic"), with("reaction", nullptr),
        with("last_lines", {1}), with("last_lines", too_many),
        with("start", -1), with("unknown", too_deep),
        std::string{"\0\xff\n", 3}})
    CAF_CHECK_EQUAL(read(bad + good, false).size(), 1u);
  // Of what is not known, as deep as may be.
  CAF_CHECK_EQUAL(read(with("unknown", too_deep[0]) + good, true).size(), 2u);
}

CAF_TEST(the last sixteen of each process are kept in their order) {
  std::vector<process_end> ends;
  for (auto i = 0; i < 20; ++i) {
    ends.push_back(motor(i));
    if (i < 2) {
      ends.push_back(motor(i));
      ends.back().process = "camera";
    }
  }
  forget_old_ends(ends);
  CAF_REQUIRE_EQUAL(ends.size(), kept_ends + 2);
  CAF_CHECK_EQUAL(ends[0].process, "camera");
  CAF_CHECK((ends[2].time == at(4)));
  CAF_CHECK((ends.back().time == at(19)));
}

} // namespace process_end_suite
