// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_limits

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config/options.hpp"
#include "bridges/process/allowances.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace process_limits_suite {
namespace {

using texts = std::vector<std::string>;

constexpr auto head = "[process.a]\ncommand = [\"true\"]\n";

struct fixture {
  temporary_folder place;

  options read(const std::string& text) {
    return options::read({"--config-file=" + place.write("x.ini", head + text)},
                         {{"PATH", "/usr/bin:/bin"}, {"HOME", "/of/before"}});
  }

  /// What is wrong, without the file's name.
  texts problems(const std::string& text) {
    texts result;
    auto x = read(text);
    for (auto& each : x.problems()) {
      auto line = to_string(each);
      result.push_back(line.substr(line.find("x.ini:") + 6));
    }
    return result;
  }

  limit_settings limits(const std::string& text) {
    auto x = read(text);
    CAF_REQUIRE(x.problems().empty());
    return x.processes().at(0).limits;
  }
};

bool has(const options& x, const std::string& entry) {
  auto& all = x.processes().at(0).environment;
  return std::ranges::find(all, entry) != all.end();
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_limits_tests, fixture)

CAF_TEST(limits are read) {
  auto cpu = std::to_string(own_processors().at(0));
  auto x = limits("memory-max = 1048576\nopen-files = 64\nnice = 19\n"
                  "cpu-affinity = ["
                  + cpu + "]\nno-new-privileges = false\n");
  CAF_CHECK_EQUAL(x.memory_max, 1048576u);
  CAF_CHECK_EQUAL(x.open_files, 64u);
  CAF_CHECK_EQUAL(x.nice, 19);
  CAF_CHECK_EQUAL(x.cpu_affinity.size(), 1u);
  CAF_CHECK(!x.no_new_privileges);
  CAF_CHECK(!x.uid && !x.gid);
  CAF_CHECK(limits("").no_new_privileges);
}

CAF_TEST(an unknown user or group is an error) {
  CAF_CHECK_EQUAL(problems("user = \"nobody-here\"\n"),
                  (texts{"3: [process.a] user: \"nobody-here\" is unknown, "
                         "expected the name or the number of a user"}));
  CAF_CHECK_EQUAL(problems("group = \"nobody-here\"\n"),
                  (texts{"3: [process.a] group: \"nobody-here\" is unknown, "
                         "expected the name or the number of a group"}));
  CAF_CHECK_EQUAL(problems("user = \"4000000000\"\n"),
                  (texts{"3: [process.a] user: \"4000000000\" is in no user "
                         "database, expected a group beside it"}));
  // It stands for none.
  CAF_CHECK_EQUAL(problems("user = \"4294967295\"\n").size(), 1u);
  CAF_CHECK_EQUAL(problems("user = \"-1\"\n").size(), 1u);
}

CAF_TEST(a user brings groups and environment) {
  if (!may(capability::set_user)) {
    CAF_MESSAGE("not root here");
    return;
  }
  auto x = read("user = \"daemon\"\n");
  CAF_CHECK(x.problems().empty());
  auto& found = x.processes().at(0).limits;
  CAF_CHECK_EQUAL(found.uid.value_or(0), 1u);
  CAF_CHECK_EQUAL(found.gid.value_or(0), 1u);
  CAF_CHECK(!found.groups.empty());
  CAF_CHECK(has(x, "USER=daemon"));
  CAF_CHECK(has(x, "LOGNAME=daemon"));
  CAF_CHECK(has(x, "HOME=/usr/sbin"));
  CAF_CHECK(has(x, "SHELL=/usr/sbin/nologin"));
  auto own = read("user = \"daemon\"\nenvironment = { HOME = \"/mine\" }\n");
  CAF_CHECK(has(own, "HOME=/mine"));
  CAF_CHECK(has(own, "USER=daemon"));
  CAF_CHECK(has(read(""), "HOME=/of/before"));
}

CAF_TEST(users and groups may be numbers) {
  if (!may(capability::set_user)) {
    CAF_MESSAGE("not root here");
    return;
  }
  auto x = limits("user = \"4000000000\"\ngroup = \"4000000001\"\n");
  CAF_CHECK_EQUAL(x.uid.value_or(0), 4000000000u);
  CAF_CHECK_EQUAL(x.gid.value_or(0), 4000000001u);
  CAF_CHECK(x.groups.empty());
  CAF_CHECK_EQUAL(limits("user = \"1\"\n").gid.value_or(0), 1u);
  CAF_CHECK_EQUAL(limits("group = \"daemon\"\n").gid.value_or(0), 1u);
}

CAF_TEST(what nobody can set is an error) {
  auto found = problems("open-files = 1099511627776\n");
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK(found[0].starts_with("3: [process.a] open-files: 1099511627776 is "
                                 "more than the system lets this user have, "
                                 "expected at most "));
  found = problems("cpu-affinity = [1023]\n");
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK(found[0].starts_with("3: [process.a] cpu-affinity: 1023 is no "
                                 "processor that the robot may run on, "
                                 "expected some of "));
}

CAF_TEST(what an ordinary user cannot set is an error of that user) {
  if (::geteuid() != 0) {
    CAF_MESSAGE("not root here");
    return;
  }
  CAF_CHECK(
    problems("user = \"root\"\ngroup = \"daemon\"\nnice = -5\n").empty());
  auto path = place.write("x.ini", head
                                     + std::string{"user = \"root\"\n"
                                                   "group = \"daemon\"\n"
                                                   "nice = -5\n"});
  ::chmod(place.path().c_str(), 0755);
  forked somebody{[&] {
    if (::setresgid(1000, 1000, 1000) != 0
        || ::setresuid(1000, 1000, 1000) != 0)
      return 77;
    auto x = options::read({"--config-file=" + path},
                           {{"PATH", "/usr/bin:/bin"}});
    texts keys;
    for (auto& each : x.problems())
      if (each.is_forbidden && !each.is_warning)
        keys.push_back(each.key);
    return keys == texts{"user", "group", "nice"} ? 0 : 1;
  }};
  CAF_CHECK_EQUAL(somebody.join(), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_limits_suite
