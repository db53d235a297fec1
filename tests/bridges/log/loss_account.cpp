// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE loss_account

#include "bridges/log/loss_account.hpp"

#include <cerrno>
#include <new>
#include <vector>

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace loss_account_suite {
namespace {

struct fixture {
  loss_account losses{"file", "robot", 1s};
  loss_account::clock::time_point now{1h};
  std::vector<log_event> reports;
  bool has_room = true;

  loss_account::writer writer = [this](const log_event& report) {
    if (has_room)
      reports.push_back(report);
    return has_room;
  };

  bool report(int error = 0) {
    return losses.report(now, error, writer);
  }

  void lose(uint64_t on_the_way) {
    log_loss loss;
    loss.by_level[2] = on_the_way;
    losses.add(loss);
  }

  uint64_t told() const {
    auto& fields = reports.back().fields;
    return std::get<uint64_t>(fields.at(0).value);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(loss_account_tests, fixture)

CAF_TEST(what was lost is told once) {
  CAF_CHECK(report());
  lose(2);
  losses.add();
  CAF_CHECK(!losses.is_told());
  CAF_CHECK(report());
  CAF_CHECK_EQUAL(told(), 3u);
  CAF_CHECK_EQUAL(reports[0].event, "Log events dropped");
  CAF_CHECK_EQUAL(reports[0].app, "robot");
  now += 1h;
  CAF_CHECK(report());
  CAF_CHECK_EQUAL(reports.size(), 1u);
}

CAF_TEST(what is not due to be told is told when it is) {
  losses.add();
  CAF_CHECK(report());
  lose(2);
  now += 999ms;
  CAF_CHECK(!report());
  now += 1ms;
  CAF_CHECK(report());
  CAF_CHECK_EQUAL(reports.size(), 2u);
  CAF_CHECK_EQUAL(told(), 2u);
}

CAF_TEST(the last report waits for no interval) {
  losses.add();
  CAF_CHECK(report());
  losses.add();
  CAF_CHECK(losses.report_last(0, writer));
  CAF_CHECK_EQUAL(reports.size(), 2u);
}

CAF_TEST(what cannot be told is told with what is lost until then) {
  has_room = false;
  losses.add();
  CAF_CHECK(!report(ENOSPC));
  losses.add();
  has_room = true;
  CAF_CHECK(!report());
  now += 1s;
  CAF_CHECK(report());
  CAF_CHECK_EQUAL(told(), 2u);
}

CAF_TEST(without memory it is told later) {
  losses.add();
  auto none = [](const log_event&) -> bool { throw std::bad_alloc{}; };
  CAF_CHECK(!losses.report_last(0, none));
  CAF_CHECK(losses.report_last(0, writer));
}

CAF_TEST(what was lost on its way counts apart) {
  lose(5);
  losses.add();
  CAF_CHECK_EQUAL(losses.total(), 6u);
  CAF_CHECK_EQUAL(losses.own().count, 1u);
  CAF_CHECK_EQUAL(losses.own(EIO).error, EIO);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace loss_account_suite
