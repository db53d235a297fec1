// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE journal

#include "bridges/log/journal.hpp"

#include <thread>

#include "bridges/log/log_dispatcher.hpp"
#include "tests/support/fake_journal.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace journal_suite {
namespace {

struct fixture {
  temporary_folder folder;
  journal_settings settings;
  std::unique_ptr<fake_journal> reader;
  std::shared_ptr<journal> output;
  std::shared_ptr<log_dispatcher> dispatcher;

  fixture() {
    settings.path = folder.file("socket");
    settings.app = "robot";
    reader = std::make_unique<fake_journal>(settings.path);
    CAF_REQUIRE(reader->is_bound);
  }

  void open() {
    auto made = journal::make(settings);
    CAF_REQUIRE(made);
    output = *made;
    auto log = log_dispatcher::make(100, {output});
    CAF_REQUIRE(log);
    dispatcher = *log;
  }

  void write(int number, log_level level = log_level::info) {
    dispatcher->write({"Counted", level, {}, "robot", {{"number", number}}});
  }

  /// What has come and is reported, until `count` events are accounted for.
  std::pair<int, int> account_for(int count) {
    auto came = 0;
    auto dropped = 0;
    while (came + dropped < count) {
      auto entry = reader->receive_fields();
      if (entry["RR_EVENT"] == "Counted")
        ++came;
      else if (entry["RR_EVENT"] == "Log events dropped")
        dropped += std::stoi(entry["RR_COUNT"]);
      else
        break;
    }
    return {came, dropped};
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_tests, fixture)

CAF_TEST(events arrive with their fields and in order) {
  open();
  for (auto i = 0; i < 3; ++i)
    write(i);
  for (auto i = 0; i < 3; ++i) {
    auto entry = reader->receive_fields();
    CAF_CHECK_EQUAL(entry["MESSAGE"], "Counted number=" + std::to_string(i));
    CAF_CHECK_EQUAL(entry["RR_NUMBER"], std::to_string(i));
  }
}

CAF_TEST(events below the level are not written) {
  settings.level = log_level::warning;
  open();
  write(1);
  write(2, log_level::error);
  auto written = reader->receive_fields();
  CAF_CHECK_EQUAL(written["RR_NUMBER"], "2");
}

CAF_TEST(a journal that reads nothing delays neither events nor the end) {
  open();
  auto begin = std::chrono::steady_clock::now();
  for (auto i = 0; i < 10'000; ++i)
    write(i);
  dispatcher->close();
  CAF_CHECK(std::chrono::steady_clock::now() - begin < 10s);
  CAF_CHECK_GREATER(output->dropped(), 0u);
}

CAF_TEST(what a slow journal has lost is told to it) {
  settings.report_interval = 0s;
  open();
  for (auto i = 0; i < 10'000; ++i)
    write(i);
  auto [came, dropped] = account_for(10'000);
  CAF_CHECK_EQUAL(came + dropped, 10'000);
  CAF_CHECK_GREATER(dropped, 0);
}

CAF_TEST(what was lost while nobody listened is told with its cause) {
  settings.report_interval = 0s;
  open();
  write(0);
  auto written = reader->receive_fields();
  CAF_CHECK_EQUAL(written["RR_NUMBER"], "0");
  reader.reset();
  write(1);
  while (output->dropped() == 0)
    std::this_thread::yield();
  auto loss = output->own_loss();
  CAF_CHECK_EQUAL(loss.sink, "journal");
  CAF_CHECK_EQUAL(loss.count, 1u);
  reader = std::make_unique<fake_journal>(settings.path);
  auto report = reader->receive_fields();
  CAF_CHECK_EQUAL(report["RR_EVENT"], "Log events dropped");
  CAF_CHECK_EQUAL(report["RR_COUNT"], "1");
  CAF_CHECK_EQUAL(report["RR_SINK"], "journal");
  CAF_CHECK_EQUAL(report["RR_CAUSE"], "connection refused");
}

CAF_TEST(where no journal is there is no output) {
  settings.path = folder.file("none");
  CAF_CHECK(!journal::make(settings));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace journal_suite
