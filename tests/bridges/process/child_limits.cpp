// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE child_limits

#include "bridges/process/allowances.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bridges/process/process_surroundings.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;

namespace child_limits_suite {
namespace {

constexpr uint32_t somebody = 1000;

struct fixture : watcher_fixture {
  process_settings settings_of(limit_settings limits,
                               std::vector<std::string> arguments) {
    process_settings result;
    result.name = "bounded";
    result.command = std::move(arguments);
    result.command.insert(result.command.begin(), RR_TEST_CHILD);
    result.limits = std::move(limits);
    return result;
  }

  /// Runs a child with limits in each kind of containment, then a look at what
  /// it found.
  template <class Look>
  void in_each(const limit_settings& limits, Look look) {
    for (auto kind : kinds()) {
      CAF_MESSAGE(to_string(kind));
      watcher.reset();
      lines.clear();
      child_watcher_settings how;
      how.containment = kind;
      watch(how);
      auto child = start(settings_of(limits, {"limits"}));
      CAF_CHECK_EQUAL(child->end().exit_code, 0);
      look();
    }
  }

  std::string failure_of(limit_settings limits) {
    return start(settings_of(std::move(limits), {"limits"}))->failure();
  }
};

std::string three(uint32_t id) {
  auto text = std::to_string(id);
  return text + ' ' + text + ' ' + text;
}

rlimit files() {
  rlimit result{};
  ::getrlimit(RLIMIT_NOFILE, &result);
  return result;
}

/// Runs a function as an ordinary user, in a copy of this process.
template <class Body>
int as_somebody(Body body) {
  forked copy{[&] {
    if (::setresgid(somebody, somebody, somebody) != 0
        || ::setresuid(somebody, somebody, somebody) != 0)
      return 77;
    return body();
  }};
  return copy.join();
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(child_limits_tests, fixture)

CAF_TEST(a child has no new privileges unless it is told so) {
  in_each({}, [this] { CAF_CHECK_EQUAL(line("NoNewPrivs:\t"), "1"); });
  limit_settings limits;
  limits.no_new_privileges = false;
  in_each(limits, [this] { CAF_CHECK_EQUAL(line("NoNewPrivs:\t"), "0"); });
}

CAF_TEST(a child without limits has those of the runtime) {
  in_each({}, [this] {
    CAF_CHECK_EQUAL(line("files "), std::to_string(files().rlim_cur) + ' '
                                      + std::to_string(files().rlim_max));
    CAF_CHECK_EQUAL(line("nice "),
                    std::to_string(::getpriority(PRIO_PROCESS, 0)));
    CAF_CHECK_EQUAL(line("memory "), std::to_string(RLIM_INFINITY));
    CAF_CHECK_EQUAL(line("user "), three(::geteuid()));
    CAF_CHECK_EQUAL(line("parent-death "), std::to_string(SIGKILL));
  });
}

CAF_TEST(a child has the processors of before the runtime chose some) {
  auto own = own_processors();
  std::string all;
  for (auto x : own)
    all += (all.empty() ? "" : " ") + std::to_string(x);
  CAF_REQUIRE_EQUAL(settle_on({own.front()}), caf::none);
  in_each({}, [&] { CAF_CHECK_EQUAL(line("cpus "), all); });
  limit_settings limits;
  limits.cpu_affinity = {own.back()};
  in_each(limits,
          [&] { CAF_CHECK_EQUAL(line("cpus "), std::to_string(own.back())); });
  CAF_REQUIRE_EQUAL(settle_on(own), caf::none);
}

CAF_TEST(open files and nice and processors and memory are limited) {
  auto own = own_processors();
  CAF_REQUIRE(!own.empty());
  limit_settings limits;
  limits.open_files = 77;
  limits.nice = 7;
  limits.cpu_affinity = {own.back()};
  limits.memory_max = 64 << 20;
  in_each(limits, [&] {
    CAF_CHECK_EQUAL(line("files "), "77 77");
    CAF_CHECK_EQUAL(line("nice "), "7");
    CAF_CHECK_EQUAL(line("cpus "), std::to_string(own.back()));
    // No control group bounds memory unless the watcher is asked to.
    CAF_CHECK_EQUAL(line("memory "), std::to_string(64 << 20));
    CAF_CHECK_EQUAL(watcher->memory_bound(), "address space");
  });
}

CAF_TEST(memory beyond the limit is refused) {
  watch();
  limit_settings limits;
  limits.memory_max = 64 << 20;
  start(settings_of(limits, {"allocate", std::to_string(16 << 20)}))->end();
  CAF_CHECK_EQUAL(line("got"), " it");
  start(settings_of(limits, {"allocate", std::to_string(128 << 20)}))->end();
  CAF_CHECK_EQUAL(line("refused"), "");
}

CAF_TEST(a child becomes another user for good) {
  if (!may(capability::set_user)) {
    CAF_MESSAGE("not root here");
    return;
  }
  limit_settings limits;
  limits.user = "somebody";
  limits.uid = somebody;
  limits.gid = 1001;
  limits.groups = {1001, 1002};
  limits.nice = -3;
  limits.open_files = std::min(files().rlim_max + 5, most_open_files());
  in_each(limits, [&] {
    CAF_CHECK_EQUAL(line("user "), three(somebody));
    CAF_CHECK_EQUAL(line("group "), three(1001));
    CAF_CHECK_EQUAL(line("groups "), "1001 1002");
    CAF_CHECK_EQUAL(line("CapEff:\t"), "0000000000000000");
    // What takes privileges has been done before they went.
    CAF_CHECK_EQUAL(line("nice "), "-3");
    CAF_CHECK(line("files ").starts_with(std::to_string(limits.open_files)));
    // The kernel forgets it where the user changes.
    CAF_CHECK_EQUAL(line("parent-death "), std::to_string(SIGKILL));
  });
}

CAF_TEST(a group alone is changed) {
  if (!may(capability::set_group)) {
    CAF_MESSAGE("not root here");
    return;
  }
  limit_settings limits;
  limits.group = "1001";
  limits.gid = 1001;
  in_each(limits, [&] {
    CAF_CHECK_EQUAL(line("user "), three(::geteuid()));
    CAF_CHECK_EQUAL(line("group "), three(1001));
  });
}

CAF_TEST(a child of another user is signalled and killed as any) {
  if (!may(capability::set_user)) {
    CAF_MESSAGE("not root here");
    return;
  }
  limit_settings limits;
  limits.uid = somebody;
  limits.gid = somebody;
  for (auto kind : kinds()) {
    watcher.reset();
    child_watcher_settings how;
    how.containment = kind;
    watch(how);
    auto child = start(settings_of(limits, {"ignore"}));
    line("ready", child->pid());
    child->process->terminate();
    child->process->kill();
    CAF_CHECK_EQUAL(child->end().exit_code, -SIGKILL);
  }
}

CAF_TEST(a limit that cannot be set fails the start and is named) {
  watch();
  limit_settings limits;
  limits.cpu_affinity = {0, 1023};
  CAF_CHECK_EQUAL(failure_of(limits), "cannot start bounded: cannot set "
                                      "cpu-affinity to [0, 1023]: invalid "
                                      "argument");
  limits = {};
  limits.open_files = uint64_t{1} << 40;
  CAF_CHECK_EQUAL(failure_of(limits), "cannot start bounded: cannot set "
                                      "open-files to 1099511627776: operation "
                                      "not permitted");
}

CAF_TEST(an ordinary user cannot take more than is due) {
  if (::geteuid() != 0) {
    CAF_MESSAGE("not root here");
    return;
  }
  CAF_CHECK_EQUAL(
    as_somebody([this] {
      watch();
      limit_settings nice;
      nice.nice = -5;
      limit_settings user;
      user.user = "root";
      user.uid = 0;
      user.gid = 0;
      limit_settings own;
      own.uid = somebody;
      own.gid = somebody;
      auto refused = failure_of(nice)
                       == "cannot start bounded: cannot set nice to -5: "
                          "permission denied"
                     && failure_of(user)
                          == "cannot start bounded: cannot get the groups "
                             "of user root: operation not permitted";
      // Who it is anyway.
      auto same = start(settings_of(own, {"limits"}))->end().exit_code;
      watcher.reset();
      return refused ? same : 1;
    }),
    0);
}

CAF_TEST(what may be had is known beforehand) {
  auto own = own_processors();
  CAF_CHECK(std::is_sorted(own.begin(), own.end()));
  if (::geteuid() != 0)
    return;
  CAF_CHECK(may(capability::set_user));
  CAF_CHECK_EQUAL(lowest_nice(), -20);
  auto hard = files().rlim_max;
  CAF_CHECK_EQUAL(as_somebody([hard] {
                    auto own_nice = ::getpriority(PRIO_PROCESS, 0);
                    rlimit limit{};
                    ::getrlimit(RLIMIT_NICE, &limit);
                    return !may(capability::set_user) && !has_capabilities()
                               && (limit.rlim_cur > 0
                                   || lowest_nice() == own_nice)
                               && most_open_files() == hard
                             ? 0
                             : 1;
                  }),
                  0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace child_limits_suite
