// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE start_plan

#include "app/runtime/start_plan.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

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
