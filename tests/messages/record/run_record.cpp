// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE run_record

#include "messages/record/run_record.hpp"

#include "messages/record/causes.hpp"
#include "messages/record/record_line.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace run_record_suite {
namespace {

using texts = std::vector<std::string>;

caf::timestamp at(int64_t ms) {
  return caf::timestamp{} + std::chrono::milliseconds{1'700'000'000'000 + ms};
}

run_record run(int64_t ms, int32_t pid = 17) {
  run_record result;
  result.start = {at(ms), pid, 4711, "1.0", "boot", "/etc/robot.ini"};
  return result;
}

run_record ended_run(int64_t ms) {
  auto result = run(ms);
  run_cause cause{
    at(ms + 1), "process motor exited with code 3", "motor", 3, {"no motor"}};
  result.end = run_end{at(ms + 2),
                       1,
                       "process motor exited with code 3",
                       true,
                       {cause, {at(ms + 2), "stop", {}, {}, {}}}};
  return result;
}

process_end motor(int64_t ms, int32_t exit_code, uint64_t start) {
  process_end result;
  result.process = "motor";
  result.pid = 17;
  result.time = at(ms);
  result.ran = 1s;
  result.exit_code = exit_code;
  result.reason = "process motor exited with code " + std::to_string(exit_code);
  result.start = start;
  result.failed = exit_code != 0;
  result.last_lines = {"no motor"};
  return result;
}

robot_stopped stopped(const std::string& process, int32_t exit_code,
                      const std::string& reason = "why") {
  return {at(9'000), at(9'100), exit_code, reason, process, caf::none};
}

texts what_of(const std::vector<run_cause>& causes) {
  texts result;
  for (const auto& cause : causes)
    result.push_back(cause.what);
  return result;
}

} // namespace

CAF_TEST(runs are read as they were written) {
  std::vector runs{ended_run(0), run(1'000), ended_run(2'000), run(3'000, 18)};
  auto whole = false;
  CAF_CHECK(read_runs(runs_text(runs), whole) == runs);
  CAF_CHECK(whole);
}

CAF_TEST(an end belongs to the run that began then with that number) {
  auto first = run(0);
  auto second = run(1'000, 18);
  auto ended = ended_run(0);
  auto whole = false;
  auto runs = read_runs(
    runs_text({first, second}) + as_record_line(end_as_json(ended)), whole);
  CAF_CHECK((runs == std::vector{ended, second}));
  runs = read_runs(runs_text({second}) + as_record_line(end_as_json(ended)),
                   whole);
  CAF_CHECK(!whole);
  CAF_CHECK((runs == std::vector{second}));
}

CAF_TEST(the last of several ends of a run is the true one) {
  auto ended = ended_run(0);
  auto emergency = ended;
  emergency.end->exit_code = 255;
  auto whole = false;
  auto runs = read_runs(runs_text({ended}) + end_line(emergency), whole);
  CAF_CHECK((runs == std::vector{emergency}));
  CAF_CHECK(whole);
}

CAF_TEST(a file of runs that is torn at any byte is read as far as it goes) {
  auto text = runs_text({ended_run(0), ended_run(2'000)});
  for (size_t size = 0; size <= text.size(); ++size) {
    auto whole = true;
    auto runs = read_runs(std::string_view{text}.substr(0, size), whole);
    CAF_REQUIRE(runs.size() <= 2);
    if (!runs.empty())
      CAF_REQUIRE((runs[0].start == ended_run(0).start));
  }
}

CAF_TEST(a process that was given up is told from its first failure on) {
  auto first = motor(1'000, 2, 1);
  first.restarted = true;
  auto other = motor(1'500, 9, 1);
  other.process = "camera";
  auto last = motor(8'999, 3, 2);
  last.reaction = robot_reaction::stop;
  last.given_up = "1 restart within 30s";
  auto causes = causes_of(stopped("motor", 1), {first, other, last});
  CAF_CHECK_EQUAL(
    what_of(causes),
    (texts{"process motor exited with code 2, and was to be started again",
           "process motor was started the 2nd time",
           "process motor exited with code 3",
           "process motor was given up: 1 restart within 30s",
           "on-failure = stop: the robot stopped"}));
  CAF_CHECK(causes[0].last_lines.empty());
  CAF_CHECK((causes[1].time == last.time - 1s));
  CAF_CHECK_EQUAL(causes[2].last_lines, texts{"no motor"});
  CAF_CHECK_EQUAL(causes[2].process, "motor");
  CAF_CHECK_EQUAL(causes[2].exit_code, 3);
  CAF_CHECK((causes[4].time == at(9'000)));
}

CAF_TEST(no cause is later than what it did) {
  auto end = motor(9'030, 255, 1);
  end.reaction = robot_reaction::emergency_stop;
  auto causes = causes_of(stopped("motor", 255), {end});
  CAF_REQUIRE_EQUAL(causes.size(), 3u);
  CAF_CHECK((causes[0].time == end.time - 1s));
  CAF_CHECK((causes[1].time == at(9'000)));
  CAF_CHECK((causes[2].time == at(9'000)));
}

CAF_TEST(the chain says which key of the configuration has stopped the robot) {
  auto last_step = [](int32_t exit_code, robot_reaction reaction,
                      int32_t of_robot) {
    auto end = motor(0, exit_code, 1);
    end.reaction = reaction;
    return causes_of(stopped("motor", of_robot), {end}).back().what;
  };
  CAF_CHECK_EQUAL(last_step(0, robot_reaction::stop, 0),
                  "on-success = stop: the robot stopped");
  CAF_CHECK_EQUAL(last_step(3, robot_reaction::emergency_stop, 255),
                  "on-failure = emergency-stop: the robot was stopped in an "
                  "emergency");
  CAF_CHECK_EQUAL(last_step(255, robot_reaction::emergency_stop, 255),
                  "that is the emergency-stop code: the robot was stopped in "
                  "an emergency");
}

CAF_TEST(one that was ended for its silence has failed whatever its code) {
  auto end = motor(0, 0, 1);
  end.reason = "process motor failed: watchdog missed";
  end.cause = ended_by::terminate;
  end.failed = true;
  end.reaction = robot_reaction::stop;
  CAF_CHECK_EQUAL(what_of(causes_of(stopped("motor", 1), {end})),
                  (texts{"process motor was started the 1st time",
                         "process motor failed: watchdog missed",
                         "on-failure = stop: the robot stopped"}));
}

CAF_TEST(a run is found by its start also where the number comes again) {
  auto first = run(0);
  auto second = run(1'000);
  auto ended = ended_run(0);
  auto whole = false;
  auto runs = read_runs(
    runs_text({first, second}) + as_record_line(end_as_json(ended)), whole);
  CAF_CHECK((runs == std::vector{ended, second}));
}

CAF_TEST(a process that could not be started has no start) {
  process_end end;
  end.process = "motor";
  end.time = at(0);
  end.reason = "cannot execute /x: No such file";
  end.failed = true;
  end.reaction = robot_reaction::stop;
  CAF_CHECK_EQUAL(what_of(causes_of(stopped("motor", 1), {end})),
                  (texts{"process motor: cannot execute /x: No such file",
                         "on-failure = stop: the robot stopped"}));
}

CAF_TEST(a stop for no process tells what has failed shortly before) {
  auto long_ago = motor(-3'000, 1, 1);
  auto lately = motor(8'000, 2, 1);
  auto by_order = motor(8'500, -15, 1);
  by_order.cause = ended_by::terminate;
  by_order.failed = false;
  auto afterwards = motor(9'050, 4, 1);
  CAF_CHECK_EQUAL(what_of(causes_of(stopped("", 0, "SIGTERM"),
                                    {long_ago, lately, by_order, afterwards})),
                  (texts{"process motor exited with code 2", "SIGTERM"}));
}

CAF_TEST(a chain is never longer than ten) {
  std::vector<process_end> ends;
  for (uint64_t i = 0; i < 30; ++i) {
    ends.push_back(motor(static_cast<int64_t>(i), 1, i + 1));
    ends.back().restarted = true;
  }
  ends.back().restarted = false;
  ends.back().reaction = robot_reaction::stop;
  ends.back().given_up = "29 restarts within 30s";
  CAF_CHECK(causes_of(stopped("motor", 1), ends).size() <= max_causes);
  CAF_CHECK(causes_of(stopped("", 0), ends).size() <= max_causes);
}

CAF_TEST(ordinals are spelt as people do) {
  auto start = [](uint64_t number) {
    auto end = motor(0, 3, number);
    end.reaction = robot_reaction::stop;
    return causes_of(stopped("motor", 1), {end}).front().what;
  };
  for (auto [number, text] : {std::pair{1u, "1st"},
                              {2u, "2nd"},
                              {3u, "3rd"},
                              {4u, "4th"},
                              {11u, "11th"},
                              {12u, "12th"},
                              {13u, "13th"},
                              {21u, "21st"},
                              {112u, "112th"}})
    CAF_CHECK_EQUAL(start(number), "process motor was started the "
                                     + std::string{text} + " time");
}

CAF_TEST(a run without an end was killed or the machine went down) {
  auto killed = end_of_lost_run(run(0).start, at(500), "boot", {});
  CAF_CHECK(!killed.in_order);
  CAF_CHECK(!killed.exit_code);
  CAF_CHECK((killed.time == at(500)));
  CAF_CHECK_EQUAL(killed.reason.substr(0, 23), "the runtime was killed,");
  auto down = end_of_lost_run(run(0).start, at(500), "next", {});
  CAF_CHECK_EQUAL(down.reason.substr(0, 21), "the machine went down");
}

CAF_TEST(the end of a lost run is after the last that is known of it) {
  auto before = motor(-1, 7, 1);
  auto last = motor(800, 3, 1);
  auto end = end_of_lost_run(run(0).start, at(-5), "boot", {before, last});
  CAF_CHECK((end.time == at(800)));
  CAF_CHECK_EQUAL(what_of(end.causes),
                  (texts{"process motor exited with code 3", end.reason}));
  CAF_CHECK(
    (end_of_lost_run(run(0).start, at(-5), "boot", {before}).time == at(0)));
}

} // namespace run_record_suite
