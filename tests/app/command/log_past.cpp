// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_past

#include "app/command/log_past.hpp"

#include <fstream>
#include <vector>

#include "messages/log/log_wire.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace log_past_suite {
namespace {

using texts = std::vector<std::string>;

struct fixture {
  temporary_folder folder;
  std::string path = folder.file("robot.log");
  texts shown;
  log_event_handler show = [this](log_level, const json& event) {
    shown.push_back(event["event"].get<std::string>());
  };
  std::chrono::system_clock::time_point begin
    = std::chrono::system_clock::now();
  log_past past{path, 3, begin - 1h};

  json event(const std::string& text, std::chrono::milliseconds after = 0ms) {
    return {{"event", text},
            {"level", "info"},
            {"timestamp", format_timestamp(begin + after)},
            {"app", "robot"}};
  }

  void write(const json& event) {
    std::ofstream{path, std::ios::app} << event.dump() << '\n';
  }

  /// As it comes on the wire.
  void receive(json event) {
    event["source"] = "robot-1";
    event["seq"] = 7;
    past.receive(log_level::info, event, show);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_past_tests, fixture)

CAF_TEST(what is received waits for the files and comes once) {
  write(event("1"));
  CAF_CHECK_EQUAL(past.read(show), caf::none);
  CAF_CHECK_EQUAL(shown, texts{"1"});
  receive(event("3"));
  CAF_CHECK_EQUAL(past.join(show), caf::none);
  CAF_CHECK(!past.joined());
  CAF_CHECK_EQUAL(shown, texts{"1"});
  // What came before anybody received anything is in the file alone.
  write(event("2"));
  write(event("3"));
  write(event("4"));
  receive(event("4"));
  receive(event("5"));
  CAF_CHECK_EQUAL(past.join(show), caf::none);
  CAF_CHECK(past.joined());
  CAF_CHECK_EQUAL(shown, (texts{"1", "2", "3", "4", "5"}));
  receive(event("6"));
  CAF_CHECK_EQUAL(shown.back(), "6");
}

CAF_TEST(what the files had first is not shown again later) {
  write(event("1"));
  write(event("2"));
  CAF_CHECK_EQUAL(past.read(show), caf::none);
  receive(event("1"));
  CAF_CHECK_EQUAL(past.join(show), caf::none);
  receive(event("2"));
  CAF_CHECK_EQUAL(shown, (texts{"1", "2"}));
}

CAF_TEST(equal events are as many as there were) {
  write(event("tick"));
  CAF_CHECK_EQUAL(past.read(show), caf::none);
  receive(event("tick"));
  receive(event("tick"));
  past.give_up(show);
  CAF_CHECK_EQUAL(shown, (texts{"tick", "tick"}));
  receive(event("tick", 1ms));
  CAF_CHECK_EQUAL(shown.size(), 3u);
}

CAF_TEST(what never comes into a file is shown at last) {
  receive(event("elsewhere"));
  CAF_CHECK_EQUAL(past.join(show), caf::none);
  CAF_CHECK_EQUAL(shown, texts{});
  past.give_up(show);
  CAF_CHECK_EQUAL(shown, texts{"elsewhere"});
  CAF_CHECK(past.joined());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_past_suite
