// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE start_plan

#include "app/runtime/start_plan.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace start_plan_suite {
namespace {

using indices = std::vector<size_t>;
using names = std::vector<std::string>;

process_settings process(std::string name, names after = {}) {
  process_settings result;
  result.name = std::move(name);
  result.after = std::move(after);
  return result;
}

struct plan : start_plan {
  using start_plan::start_plan;

  void move(const std::string& name, process_state state, bool followed = false,
            caf::timespan now = 0s) {
    note({name, state, followed}, now);
  }

  void ready(const std::string& name, caf::timespan now = 0s) {
    move(name, process_state::running, true, now);
  }
};

} // namespace

CAF_TEST(each starts once when all that it comes after are ready) {
  plan x{{process("c", {"a", "b"}), process("a"), process("b", {"a"})}};
  CAF_CHECK((x.take_due() == indices{1}));
  CAF_CHECK(x.take_due().empty());
  x.move("a", process_state::starting);
  CAF_CHECK(x.take_due().empty());
  CAF_CHECK((x.waits_for(0) == names{"a", "b"}));
  x.ready("a");
  CAF_CHECK((x.take_due() == indices{2}));
  CAF_CHECK((x.waits_for(0) == names{"b"}));
  CAF_CHECK(x.waits_for(2).empty());
  x.ready("b");
  CAF_CHECK((x.take_due() == indices{0}));
  CAF_CHECK(x.waits_for(0).empty());
}

CAF_TEST(one that is lost before the others are ready is waited for again) {
  plan x{{process("a"), process("b"), process("c", {"a", "b"})}};
  x.take_due();
  x.ready("a");
  x.move("a", process_state::restarting);
  x.ready("b");
  CAF_CHECK(x.take_due().empty());
  CAF_CHECK((x.waits_for(2) == names{"a"}));
  x.ready("a");
  CAF_CHECK((x.take_due() == indices{2}));
  x.move("a", process_state::restarting);
  x.ready("a");
  CAF_CHECK(x.take_due().empty());
}

CAF_TEST(the start is over when none is on its way) {
  plan x{{process("a"), process("b", {"a"}), process("c", {"b"})}};
  x.take_due();
  CAF_CHECK(!x.settled());
  x.move("a", process_state::restarting);
  CAF_CHECK(!x.settled());
  x.ready("a");
  CAF_CHECK(!x.settled());
  x.take_due();
  x.move("b", process_state::failed);
  // It waits, and nothing is done about it.
  CAF_CHECK(x.settled());
  CAF_CHECK((x.waits_for(2) == names{"b"}));
  x.move("b", process_state::starting);
  CAF_CHECK(!x.settled());
  x.ready("b");
  CAF_CHECK((x.take_due() == indices{2}));
  x.ready("c");
  CAF_CHECK(x.settled());
  CAF_CHECK(plan{std::vector<process_settings>{}}.settled());
}

CAF_TEST(one that an order keeps back or has started has no turn any more) {
  plan x{{process("a"), process("b", {"a"}), process("c", {"a"})}};
  x.take_due();
  x.withdraw("b");
  CAF_CHECK(x.waits_for(1).empty());
  x.move("c", process_state::starting);
  x.ready("a");
  CAF_CHECK(x.take_due().empty());
}

CAF_TEST(what check refuses does no harm) {
  plan x{{process("a", {"b"}), process("b", {"a"}), process("c", {"nobody"})}};
  CAF_CHECK((x.take_due() == indices{2}));
  x.ready("c");
  CAF_CHECK(x.settled());
  x.ready("nobody");
  CAF_CHECK((x.waits_for(0) == names{"b"}));
}

CAF_TEST(what has changed is told by names) {
  auto faster = process("c");
  faster.restart.delay = 1ms;
  auto bounded = process("d");
  bounded.limits.nice = 1;
  auto old = {process("gone"), process("a"), process("b", {"a"}), process("c"),
              process("d")};
  auto now = {process("new"), faster, process("b", {"c"}), bounded,
              process("a")};
  CAF_CHECK(
    (changed(old, now) == process_changes{{"new"}, {"gone"}, {"c", "b", "d"}}));
  CAF_CHECK((changed(now, now) == process_changes{}));
  CAF_CHECK((changed({}, now).started == names{"new", "c", "b", "d", "a"}));
}

CAF_TEST(those that go do so in groups the last of which is first) {
  std::vector<process_settings> all{process("a"), process("b", {"a"}),
                                    process("kept", {"b"}),
                                    process("c", {"kept"}), process("d")};
  process_changes changes{{"new"}, {"c", "a"}, {"b", "d"}};
  CAF_CHECK(
    (let_go(all, changes) == std::vector<names>{{"a", "d"}, {"b"}, {"c"}}));
  CAF_CHECK(let_go(all, {}).empty());
}

CAF_TEST(who is kept goes on in the next plan and the others begin anew) {
  plan old{{process("a"), process("b", {"a"}), process("waits", {"b"}),
            process("held", {"b"})}};
  old.take_due();
  old.ready("a", 1s);
  old.take_due();
  old.ready("b", 2s);
  old.withdraw("held");
  plan x;
  static_cast<start_plan&>(x) = old.followed_by(
    {process("new", {"b"}), process("held", {"b"}), process("b", {"a"}),
     process("waits", {"b"}), process("a")},
    {{"new"}, {}, {"b"}});
  CAF_CHECK(!x.changes_made());
  // Neither the one that runs, nor the one that is held back; and those that
  // wait do so for the one that is started anew.
  CAF_CHECK((x.take_due() == indices{2}));
  CAF_CHECK(x.startup(4).ready == caf::timespan{1s});
  CAF_CHECK((x.waits_for(3) == names{"b"}));
  CAF_CHECK(!x.startup(2).began);
  x.move("b", process_state::starting);
  CAF_CHECK(!x.changes_made());
  x.ready("b");
  CAF_CHECK(!x.changes_made());
  CAF_CHECK((x.take_due() == indices{0, 3}));
  x.ready("new");
  // Who was there before is not waited for.
  CAF_CHECK(x.changes_made());
  CAF_CHECK(!x.settled());
  CAF_CHECK(x.index_of("waits") == 3u);
  CAF_CHECK(!x.index_of("nobody"));
}

CAF_TEST(changes are made once none of the new ones can come any more) {
  plan old;
  plan x;
  static_cast<start_plan&>(x)
    = old.followed_by({process("a"), process("b", {"a"}), process("c", {"b"})},
                      {{"a", "b", "c"}, {}, {}});
  x.take_due();
  x.move("a", process_state::starting);
  CAF_CHECK(!x.changes_made());
  // Its first start is over; it may take long until another one succeeds.
  x.move("a", process_state::restarting);
  CAF_CHECK(x.changes_made());
  CAF_CHECK(!x.settled());
  x.ready("a");
  x.take_due();
  CAF_CHECK(!x.changes_made());
  x.withdraw("c");
  x.move("b", process_state::failed);
  CAF_CHECK(x.changes_made());
}

CAF_TEST(the times of the first start stay) {
  plan x{{process("a"), process("b", {"a"})}};
  x.take_due();
  CAF_CHECK(!x.startup(0).began);
  x.move("a", process_state::starting, false, 1s);
  x.move("a", process_state::restarting, false, 2s);
  x.ready("a", 3s);
  x.move("a", process_state::restarting, false, 4s);
  x.ready("a", 5s);
  CAF_CHECK(x.startup(0).began == caf::timespan{1s});
  CAF_CHECK(x.startup(0).ready == caf::timespan{3s});
  CAF_CHECK((x.startup(1).after == names{"a"}));
  CAF_CHECK(!x.startup(1).began);
}

} // namespace start_plan_suite
