// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE child_output

#include "app/runtime/child_output.hpp"

#include <memory>

#include "messages/log/log_wire.hpp"
#include "tests/support/recording_log_output.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace child_output_suite {
namespace {

struct fixture {
  std::shared_ptr<recording_log_output> output
    = std::make_shared<recording_log_output>();
  event_log log = event_log{output, "robot", log_level::info}.as_bulk();

  log_event report(std::string text, output_stream stream = {},
                   size_t dropped = 0) {
    output->clear();
    report_line(log, *output, "robot",
                {"arm", 42, stream, std::move(text), dropped});
    auto seen = output->events();
    CAF_REQUIRE_EQUAL(seen.size(), 1u);
    CAF_CHECK(seen[0].is_bulk);
    return seen[0];
  }

  /// Whether the line has become an event whose text it is.
  bool stays_text(const std::string& text) {
    auto event = report(text, output_stream::standard_error);
    return event.event == text && event.level == log_level::warning
           && event.app == "robot"
           && event.fields
                == (log_fields{
                  {"stream", "stderr"}, {"process", "arm"}, {"pid", 42}});
  }
};

const log_fields origin{{"stream", "stdout"}, {"process", "arm"}, {"pid", 42}};

std::string nested(size_t depth) {
  return R"({"event":"x","level":"info","deep":)" + std::string(depth, '[')
         + std::string(depth, ']') + '}';
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(child_output_tests, fixture)

CAF_TEST(a line is an event whose text it is) {
  auto event = report("hello");
  CAF_CHECK_EQUAL(event.event, "hello");
  CAF_CHECK_EQUAL(event.level, log_level::info);
  CAF_CHECK(event.fields == origin);
  auto fields = report("x", {}, 17).fields;
  CAF_CHECK(fields.back() == (log_field{"dropped_bytes", 17u}));
}

CAF_TEST(a line that is an event of ours is that event) {
  log_event given{"Stuck", log_level::error, {}, "arm", {{"degrees", 1.5}}};
  given.timestamp = *parse_timestamp("2024-05-01T09:30:00.000125Z");
  auto event = report(to_json(given));
  given.fields.insert(given.fields.end(), origin.begin(), origin.end());
  given.is_bulk = true;
  CAF_CHECK(event == given);
  // The level of its stream is not that of the event.
  auto line = R"( {"level":"warn","event":"x"} )";
  CAF_CHECK_EQUAL(report(line).level, log_level::warning);
  CAF_CHECK_EQUAL(report(line).app, "robot");
}

CAF_TEST(an event below the level is not logged) {
  report_line(log, *output, "robot",
              {"arm", 42, {}, R"({"event":"x","level":"debug"})", 0});
  CAF_CHECK(output->events().empty());
}

CAF_TEST(a child says nothing that is not its own to say) {
  auto event = report(
    R"({"event":"x","level":"info","source":"robot-1","seq":7,)"
    R"("transmit":false,"process":"other","pid":1,"stream":"stderr"})");
  CAF_CHECK(event.fields == origin);
  CAF_CHECK(!is_local(event));
}

CAF_TEST(what is null or nested in an event is kept) {
  auto event = report(
    R"({"event":"x","level":"info","nan":null,"list":[1,{"a":null}]})");
  auto text = to_json(event);
  CAF_CHECK_NOT_EQUAL(text.find(R"("nan":null)"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(text.find(R"("list":"[1,{\"a\":null}]")"),
                      std::string::npos);
}

CAF_TEST(whatever else looks like an event stays text) {
  for (const auto& line : std::vector<std::string>{
         "{}",
         "{",
         "[1]",
         R"({"event":"x"})",
         R"({"level":"info"})",
         R"({"event":1,"level":"info"})",
         R"({"event":"x","level":1})",
         R"({"event":"x","level":"loud"})",
         R"({"event":"x","level":null})",
         R"({"event":"x","level":"info"} {})",
         R"({"event":"x","level":"info","n":NaN})",
         R"({"event":"x","level":"info","n":1e999})",
         R"({"event":"x","level":"info","level":"error"})",
         R"({"event":"x","event":"x","level":"info"})",
         R"({"event":"x","level":"info","a":{"b":1,"b":2}})",
         "{\"event\":\"\xff\",\"level\":\"info\"}",
         "{\"event\":\"\xed\xa0\x80\",\"level\":\"info\"}",
         R"({"event":"\ud800","level":"info"})",
         nested(40),
         nested(4000),
       })
    CAF_CHECK(stays_text(line));
  CAF_CHECK_EQUAL(report(nested(20)).event, "x");
  // What is left of a long line only looks like one.
  auto cut = R"({"event":"x","level":"info"})";
  CAF_CHECK_EQUAL(report(cut, {}, 5).event, cut);
}

CAF_TEST(an event with too many fields stays text) {
  auto line = std::string{R"({"event":"x","level":"info")"};
  for (auto i = 0; i < 62; ++i)
    line += ",\"k" + std::to_string(i) + "\":0";
  CAF_CHECK_EQUAL(report(line + '}').event, "x");
  CAF_CHECK(stays_text(line + R"(,"more":0})"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace child_output_suite
