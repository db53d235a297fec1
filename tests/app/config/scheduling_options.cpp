// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE scheduling_options

#include "app/config/scheduling_options.hpp"

#include <algorithm>

#include "bridges/process/allowances.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace scheduling_options_suite {
namespace {

using texts = std::vector<std::string>;
using numbers = std::vector<int32_t>;

struct fixture {
  temporary_folder place;
  options::environment env{{"PATH", "/usr/bin:/bin"}, {"HOME", "/home/robot"}};
  texts arguments;

  options read(const std::string& text) {
    auto words = arguments;
    words.push_back("--config-file=" + place.write("x.ini", text));
    return options::read(words, env);
  }

  /// What is wrong, without the file's name.
  texts problems(const std::string& text) {
    texts result;
    auto x = read(text);
    for (auto& each : x.problems()) {
      auto line = to_string(each);
      auto name = line.find("x.ini:");
      result.push_back(name == line.npos ? line : line.substr(name + 6));
    }
    return result;
  }

  std::string one_processor = std::to_string(own_processors().at(0));
};

bool has(const options& x, const std::string& entry) {
  auto& all = x.processes().at(0).environment;
  return std::ranges::find(all, entry) != all.end();
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(scheduling_options_tests, fixture)

CAF_TEST(by default nothing is asked for) {
  auto x = scheduling_of(read(""));
  CAF_CHECK_EQUAL(x.real_time_priority, 0);
  CAF_CHECK(x.processors.empty());
  CAF_CHECK(!x.lock_memory);
}

CAF_TEST(scheduling is read from each source) {
  auto text = "[scheduling]\nreal-time-priority = 99\ncpu-affinity = ["
              + one_processor + "]\nlock-memory = true\n";
  auto check = [&](const options& opts) {
    CAF_CHECK(opts.problems().empty());
    auto x = scheduling_of(opts);
    CAF_CHECK_EQUAL(x.real_time_priority, 99);
    CAF_CHECK_EQUAL(x.processors, numbers{own_processors().at(0)});
    CAF_CHECK(x.lock_memory);
  };
  check(read(text));
  env["RR_SCHEDULING_REAL_TIME_PRIORITY"] = "99";
  env["RR_SCHEDULING_CPU_AFFINITY"] = ' ' + one_processor + ' ' + one_processor;
  env["RR_SCHEDULING_LOCK_MEMORY"] = "true";
  auto told = scheduling_of(read(""));
  CAF_CHECK_EQUAL(told.processors.size(), 2u);
  env["RR_SCHEDULING_CPU_AFFINITY"] = one_processor;
  check(read(""));
  env["RR_SCHEDULING_CPU_AFFINITY"] = "";
  CAF_CHECK(scheduling_of(read(text)).processors.empty());
  arguments = {"--scheduling.cpu-affinity=" + one_processor};
  check(read(""));
}

CAF_TEST(what no system could do is an error) {
  CAF_CHECK_EQUAL(
    problems("[scheduling]\nreal-time-priority = 100\n"
             "cpu-affinity = [1024]\nlock-memory = 1\n"),
    (texts{"2: [scheduling] real-time-priority: 100 is out of range, expected "
           "an integer from 0 to 99",
           "3: [scheduling] cpu-affinity: 1024 is out of range, expected a "
           "list of integers from 0 to 1023",
           "4: [scheduling] lock-memory: 1 is of type integer, expected true "
           "or false"}));
  env["RR_SCHEDULING_CPU_AFFINITY"] = "first";
  CAF_CHECK_EQUAL(problems("").size(), 1u);
}

CAF_TEST(a processor that is not there is an error) {
  auto found
    = problems("[scheduling]\ncpu-affinity = [" + one_processor + ", 1023]\n");
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK(found[0].starts_with("2: [scheduling] cpu-affinity: 1023 is no "
                                 "processor that the robot may run on, "
                                 "expected some of "
                                 + one_processor));
}

CAF_TEST(children are told the defaults) {
  auto x = read("[scheduling]\nreal-time-priority = 9\ncpu-affinity = ["
                + one_processor
                + "]\nlock-memory = true\n[process.a]\ncommand = [\"true\"]\n");
  CAF_CHECK(has(x, "RR_SCHEDULING_REAL_TIME_PRIORITY=0"));
  CAF_CHECK(has(x, "RR_SCHEDULING_CPU_AFFINITY="));
  CAF_CHECK(has(x, "RR_SCHEDULING_LOCK_MEMORY=false"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace scheduling_options_suite
