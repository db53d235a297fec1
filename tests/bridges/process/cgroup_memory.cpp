// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE cgroup_memory

#include "bridges/process/cgroup_memory.hpp"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/forked.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;

namespace cgroup_memory_suite {
namespace {

/// Folders that look like control groups.
struct fixture {
  temporary_folder place;

  std::string group(const std::string& name,
                    const std::vector<std::string>& files) {
    auto result = place.file(name);
    ::mkdir(result.c_str(), 0755);
    for (auto& file : files)
      place.write(name + '/' + file, "");
    return result;
  }

  std::string read(const std::string& name) {
    std::ifstream file{place.file(name)};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
};

/// A control group of this machine, with a runtime's below, that a test has for
/// itself; empty where there is none.
struct real_groups {
  std::string above = group_directory();
  std::string own = above + "/rr-test-" + std::to_string(::getpid());
  std::string below = own + "/robot-runtime-1";
  bool passed_on = false;

  /// Whether a controller of no consequence can be had.
  bool make() {
    if (above.empty())
      return false;
    std::ifstream all{above + "/cgroup.controllers"};
    auto there = false;
    for (std::string each; all >> each;)
      there = there || each == "hugetlb";
    if (!there)
      return false;
    std::ifstream before{above + "/cgroup.subtree_control"};
    auto had = false;
    for (std::string each; before >> each;)
      had = had || each == "hugetlb";
    std::ofstream control{above + "/cgroup.subtree_control"};
    control << "+hugetlb" << std::flush;
    passed_on = !had && control.good();
    return control.good() && ::mkdir(own.c_str(), 0755) == 0
           && ::mkdir(below.c_str(), 0755) == 0;
  }

  ~real_groups() {
    if (above.empty())
      return;
    ::rmdir(below.c_str());
    ::rmdir((own + "/robot-runtime").c_str());
    ::rmdir(own.c_str());
    if (passed_on)
      std::ofstream{above + "/cgroup.subtree_control"} << "-hugetlb";
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cgroup_memory_tests, fixture)

CAF_TEST(a bound holds for memory and swap and ends the whole group) {
  auto path = group("g", {"memory.max", "memory.swap.max", "memory.oom.group"});
  CAF_CHECK_EQUAL(bound_group_memory(path, 1048576), caf::none);
  CAF_CHECK_EQUAL(read("g/memory.max"), "1048576");
  CAF_CHECK_EQUAL(read("g/memory.swap.max"), "0");
  CAF_CHECK_EQUAL(read("g/memory.oom.group"), "1");
}

CAF_TEST(a machine without swap has no file for it) {
  auto path = group("g", {"memory.max", "memory.oom.group"});
  CAF_CHECK_EQUAL(bound_group_memory(path, 4096), caf::none);
  CAF_CHECK_EQUAL(read("g/memory.max"), "4096");
  CAF_CHECK_NOT_EQUAL(::access(place.file("g/memory.swap.max").c_str(), F_OK),
                      0);
}

CAF_TEST(a bound that cannot be set names the file) {
  auto path = group("g", {"memory.oom.group"});
  CAF_CHECK_EQUAL(describe(bound_group_memory(path, 4096)),
                  "cannot write 4096 to " + path
                    + "/memory.max: no such file or directory");
}

CAF_TEST(a kill for want of memory is seen) {
  auto path = group("g", {});
  CAF_CHECK(!group_memory_reached(path));
  place.write("g/memory.events", "low 0\nhigh 3\nmax 7\noom 1\noom_kill 0\n"
                                 "oom_group_kill 0\n");
  CAF_CHECK(!group_memory_reached(path));
  place.write("g/memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 2\n");
  CAF_CHECK(group_memory_reached(path));
  place.write("g/memory.events", "oom_kill 0\noom_group_kill 1\n");
  CAF_CHECK(group_memory_reached(path));
}

CAF_TEST(a controller is passed on where it is there) {
  auto own = group("own", {"cgroup.subtree_control"});
  auto below = group("own/below", {"cgroup.subtree_control"});
  place.write("own/cgroup.controllers", "cpu memory pids\n");
  CAF_CHECK_EQUAL(pass_on_controller(own, below, "memory"), caf::none);
  CAF_CHECK_EQUAL(read("own/cgroup.subtree_control"), "+memory");
  CAF_CHECK_EQUAL(read("own/below/cgroup.subtree_control"), "+memory");
  CAF_CHECK_EQUAL(describe(pass_on_controller(own, below, "io")),
                  "no controller io in " + own);
}

CAF_TEST(a process that is alone in its group moves aside for a controller) {
  real_groups groups;
  if (!groups.make()) {
    CAF_MESSAGE("no controller to be had here");
    return;
  }
  forked runtime{[&] {
    std::ofstream{groups.own + "/cgroup.procs"} << ::getpid();
    auto failed = pass_on_controller(groups.own, groups.below, "hugetlb");
    std::ifstream where{"/proc/self/cgroup"};
    std::string line;
    while (std::getline(where, line) && !line.starts_with("0::"))
      continue;
    return !failed && line.ends_with("/robot-runtime") ? 0 : 1;
  }};
  CAF_CHECK_EQUAL(runtime.join(), 0);
}

CAF_TEST(a process that is not alone stays where it is) {
  real_groups groups;
  if (!groups.make()) {
    CAF_MESSAGE("no controller to be had here");
    return;
  }
  forked other{[&] {
    std::ofstream{groups.own + "/cgroup.procs"} << ::getpid();
    ::pause();
    return 0;
  }};
  CAF_CHECK(eventually([&] {
    std::ifstream members{groups.own + "/cgroup.procs"};
    return members.peek() != EOF;
  }));
  forked runtime{[&] {
    std::ofstream{groups.own + "/cgroup.procs"} << ::getpid();
    auto failed = pass_on_controller(groups.own, groups.below, "hugetlb");
    return failed ? 0 : 1;
  }};
  CAF_CHECK_EQUAL(runtime.join(), 0);
  other.kill();
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace cgroup_memory_suite
