// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE hold_list

#include "bridges/system/hold_list.hpp"

#include <thread>

#include <caf/test/dsl.hpp>

using namespace rr;

namespace hold_list_suite {
namespace {

using texts = std::vector<std::string>;

struct fixture {
  hold_list holds;
  texts told;
  std::vector<size_t> counts;

  fixture() {
    holds.observe([this](const hold& x, bool held) {
      told.push_back((held ? "+" : "-") + x.what);
    });
    holds.on_change(
      [this](const std::vector<hold>& all) { counts.push_back(all.size()); });
  }

  texts names() const {
    texts result;
    for (const auto& each : holds.list())
      result.push_back(each.what);
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(hold_list_tests, fixture)

CAF_TEST(a hold is told when it begins and when it ends) {
  CAF_CHECK(holds.empty());
  holds.set("no driver", true);
  CAF_CHECK((names() == texts{"no driver"}));
  holds.set("no driver", false);
  CAF_CHECK(holds.empty());
  CAF_CHECK((told == texts{"+no driver", "-no driver"}));
  CAF_CHECK((counts == std::vector<size_t>{1, 0}));
}

CAF_TEST(what is so already is not told again) {
  holds.set("no driver", false);
  CAF_CHECK(told.empty());
  holds.set("no driver", true);
  auto since = holds.list().at(0).since;
  holds.set("no driver", true);
  CAF_CHECK_EQUAL(told.size(), 1u);
  CAF_CHECK((holds.list().at(0).since == since));
}

CAF_TEST(one of a subject takes the place of another) {
  holds.tell("process camera", "process camera is starting");
  holds.tell("process camera", "process camera is restarting");
  CAF_CHECK((names() == texts{"process camera is restarting"}));
  holds.tell("process camera", "");
  holds.tell("process camera", "");
  CAF_CHECK(
    (told
     == texts{"+process camera is starting", "-process camera is starting",
              "+process camera is restarting",
              "-process camera is restarting"}));
}

CAF_TEST(the first one stands first) {
  for (auto what : {"c", "a", "b"})
    holds.set(what, true);
  auto all = holds.list();
  CAF_REQUIRE_EQUAL(all.size(), 3u);
  CAF_CHECK((all[0].since <= all[1].since && all[1].since <= all[2].since));
}

CAF_TEST(those of a prefix that are gone are released and no others) {
  holds.tell("process a", "process a is starting");
  holds.tell("process b", "process b is starting");
  holds.set("no driver", true);
  told.clear();
  holds.keep_only("process ", {"process b"});
  CAF_CHECK((told == texts{"-process a is starting"}));
  CAF_CHECK_EQUAL(holds.list().size(), 2u);
}

CAF_TEST(any thread may tell) {
  std::vector<std::thread> threads;
  for (auto i = 0; i < 4; ++i)
    threads.emplace_back([this, i] {
      for (auto round = 0; round < 1000; ++round) {
        holds.set("hold " + std::to_string(i), round % 2 == 0);
        static_cast<void>(holds.list());
      }
    });
  for (auto& each : threads)
    each.join();
  CAF_CHECK(holds.empty());
  CAF_CHECK_EQUAL(told.size(), 4000u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace hold_list_suite
