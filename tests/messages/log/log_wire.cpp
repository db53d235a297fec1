// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_wire

#include "messages/log/log_wire.hpp"

#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "messages/log/log_gaps.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace log_wire_suite {
namespace {

using json = nlohmann::json;

log_event sample() {
  log_event result;
  result.event = "Process started";
  result.level = log_level::warning;
  result.timestamp = std::chrono::system_clock::time_point{
    std::chrono::microseconds{1'714'555'800'000'125}};
  result.app = "robot";
  result.fields = {{"process", "camera"},
                   {"pid", 17},
                   {"load", 0.5},
                   {"flag", true},
                   {"delta", -3}};
  return result;
}

std::vector<uint8_t> wire(const log_event& event, uint64_t seq = 1) {
  std::vector<uint8_t> result;
  encode_log_event(event, "robot-1-abc", seq, result);
  return result;
}

caf::expected<json> decoded(const std::vector<uint8_t>& bytes) {
  return decode_log_event(std::as_bytes(std::span{bytes}), {});
}

std::string fault(const json& message) {
  auto result = decoded(json::to_cbor(message));
  return result ? "accepted" : describe(result.error());
}

json numbered(const char* source, const char* level, uint64_t seq) {
  return {{"event", "x"}, {"level", level}, {"source", source}, {"seq", seq}};
}

} // namespace

CAF_TEST(an event is the notification that the contract says) {
  auto message = json::from_cbor(wire(sample(), 7));
  CAF_CHECK_EQUAL(message,
                  (json::array({2, "warning",
                                json::array({json{
                                  {"event", "Process started"},
                                  {"level", "warning"},
                                  {"timestamp", "2024-05-01T09:30:00.000125Z"},
                                  {"app", "robot"},
                                  {"process", "camera"},
                                  {"pid", 17},
                                  {"load", 0.5},
                                  {"flag", true},
                                  {"delta", -3},
                                  {"source", "robot-1-abc"},
                                  {"seq", 7},
                                }})})));
}

CAF_TEST(what is encoded is decoded) {
  auto event = decoded(wire(sample()));
  CAF_REQUIRE(event);
  CAF_CHECK(level_of(*event) == log_level::warning);
  auto back = as_log_event(*event);
  CAF_CHECK_EQUAL(back.event, "Process started");
  CAF_CHECK(back.timestamp == sample().timestamp);
  CAF_CHECK_EQUAL(back.app, "robot");
  // JSON sorts them.
  CAF_CHECK(back.fields
            == (log_fields{{"delta", -3},
                           {"flag", true},
                           {"load", 0.5},
                           {"pid", 17u},
                           {"process", "camera"}}));
}

CAF_TEST(a publisher has the last word on its own keys) {
  auto event = sample();
  event.fields
    = {{"source", "me"}, {"seq", 99}, {"level", "x"}, {"a", 1}, {"a", 2}};
  auto result = decoded(wire(event));
  CAF_REQUIRE(result);
  CAF_CHECK_EQUAL((*result)["source"], "robot-1-abc");
  CAF_CHECK_EQUAL((*result)["seq"], 1);
  CAF_CHECK_EQUAL((*result)["level"], "warning");
  CAF_CHECK_EQUAL((*result)["a"], 2);
}

CAF_TEST(bytes that are not UTF8 are replaced) {
  auto event = sample();
  event.event = "a\xff"
                "b";
  event.fields = {{"\xfe", "\xc3"}};
  auto result = decoded(wire(event));
  CAF_REQUIRE(result);
  CAF_CHECK_EQUAL((*result)["event"], "a\ufffd"
                                      "b");
  CAF_CHECK_EQUAL((*result)["\ufffd"], "\ufffd");
}

CAF_TEST(warn is taken and never written) {
  auto message
    = json::array({2, "warn", {json{{"event", "x"}, {"level", "warn"}}}});
  auto event = decoded(json::to_cbor(message));
  CAF_REQUIRE(event);
  CAF_CHECK_EQUAL((*event)["level"], "warning");
  auto line = parse_log_line(R"({"event":"x","level":"warn"})");
  CAF_REQUIRE(line);
  CAF_CHECK_EQUAL(log_line(*line), R"({"event":"x","level":"warning"})");
}

CAF_TEST(what is no event is malformed) {
  auto with = [](const json& event) {
    return json::array({2, "info", {event}});
  };
  CAF_CHECK_EQUAL(fault(with({{"event", "x"}})),
                  "malformed log event: no level");
  CAF_CHECK_EQUAL(fault(with({{"level", "info"}})),
                  "malformed log event: no event");
  CAF_CHECK_EQUAL(fault(with({{"event", 1}, {"level", "info"}})),
                  "malformed log event: no event");
  CAF_CHECK_EQUAL(fault(with({{"event", "x"}, {"level", "loud"}})),
                  "malformed log event: unknown log level: loud");
  CAF_CHECK_EQUAL(fault(with("text")), "malformed log event: not a map");
  CAF_CHECK_EQUAL(fault(json::array({2, "info", json::array()})),
                  "malformed log event: not one argument");
  CAF_CHECK_EQUAL(fault(json::array({0, 1, "info", json::array()})),
                  "malformed log event: not a notification");
  CAF_CHECK_NOT_EQUAL(fault({{"event", "x"}, {"level", "info"}}), "accepted");
  CAF_CHECK(!decoded({}));
  CAF_CHECK(!decoded({0xff, 0x00, 0x13}));
  // {"event": "\xff", "level": "info"}
  auto bad = json::to_cbor(with({{"event", "?"}, {"level", "info"}}));
  *std::find(bad.begin(), bad.end(), '?') = 0xff;
  CAF_CHECK(!decoded(bad));
  auto large = wire(sample());
  CAF_CHECK(
    !decode_log_event(std::as_bytes(std::span{large}), {large.size() - 1, 32}));
  CAF_CHECK(
    decode_log_event(std::as_bytes(std::span{large}), {large.size(), 32}));
}

CAF_TEST(lines of JSON are checked likewise) {
  for (auto line : {"", "{", "[]", "7", "{}", R"({"event":"x"})",
                    R"({"event":"x","level":"info"} more)"})
    CAF_CHECK(!parse_log_line(line));
  CAF_CHECK(!parse_log_line(std::string(1 << 20, '[')));
  CAF_CHECK(!parse_log_line(R"({"event":"x","level":"info","a":)"
                            + std::string(100'000, '[')
                            + std::string(100'000, ']') + "}"));
  auto event = parse_log_line(to_json(sample()));
  CAF_REQUIRE(event);
  CAF_CHECK_EQUAL(as_log_event(*event).event, "Process started");
}

CAF_TEST(a line has the first keys first and nested values whole) {
  auto line = R"({"a":[1,{"b":null}],"level":"info","event":"x","z":"ü"})";
  auto event = parse_log_line(line);
  CAF_REQUIRE(event);
  CAF_CHECK_EQUAL(log_line(*event),
                  R"({"event":"x","level":"info","a":[1,{"b":null}],"z":"ü"})");
  auto pretty = to_pretty(as_log_event(*event), false);
  CAF_CHECK_NOT_EQUAL(pretty.find(R"(a="[1,{\"b\":null}]")"),
                      std::string::npos);
}

CAF_TEST(escape sequences of a peer are never passed through) {
  auto line = R"({"event":"\u001b[2J","level":"info","\u001b]0;":"\u009b31m"})";
  auto event = parse_log_line(line);
  CAF_REQUIRE(event);
  auto pretty = to_pretty(as_log_event(*event), false);
  CAF_CHECK_EQUAL(pretty.find('\x1b'), std::string::npos);
  CAF_CHECK_EQUAL(pretty.find("\u009b"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(pretty.find("\\x1b[2J"), std::string::npos);
}

CAF_TEST(times are read in the forms that people write) {
  auto exact = sample().timestamp;
  for (auto text :
       {"2024-05-01T09:30:00.000125Z", "2024-05-01T09:30:00.000125+00:00",
        "2024-05-01 09:30:00.000125000Z"}) {
    auto time = parse_timestamp(text);
    CAF_REQUIRE(time);
    CAF_CHECK(*time == exact);
  }
  CAF_CHECK(parse_timestamp("2024-05-01T09:30:00Z"));
  for (auto text :
       {"", "yesterday", "2024-05-01", "2024-13-01T00:00:00Z",
        "2024-02-30T00:00:00Z", "2024-05-01T24:00:00Z", "2024-05-01T09:30:00",
        "2024-05-01T09:30:00.Z", "2024-05-01T09:30:00.0000000001Z"})
    CAF_CHECK(!parse_timestamp(text));
}

CAF_TEST(times that the clock cannot count are none) {
  for (auto text : {"0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
                    "2262-01-01T00:00:00Z", "9999-12-31T23:59:60Z"})
    CAF_CHECK(!parse_timestamp(text));
  for (std::string text :
       {"1970-01-01T00:00:00.000000Z", "2261-12-31T23:59:59.999999Z"}) {
    auto time = parse_timestamp(text);
    CAF_REQUIRE(time);
    CAF_CHECK_EQUAL(format_timestamp(*time), text);
  }
}

CAF_TEST(gaps are counted for each source and level) {
  log_gaps gaps;
  CAF_CHECK_EQUAL(gaps.take(numbered("a", "info", 5)), 0u);
  CAF_CHECK_EQUAL(gaps.take(numbered("a", "info", 6)), 0u);
  CAF_CHECK_EQUAL(gaps.take(numbered("a", "error", 1)), 0u);
  CAF_CHECK_EQUAL(gaps.take(numbered("b", "info", 1)), 0u);
  CAF_CHECK_EQUAL(gaps.take(numbered("a", "info", 10)), 3u);
  CAF_CHECK_EQUAL(gaps.take(numbered("b", "info", 3)), 1u);
  // Counts anew.
  CAF_CHECK_EQUAL(gaps.take(numbered("a", "info", 1)), 0u);
  CAF_CHECK_EQUAL(gaps.take(numbered("a", "info", 3)), 1u);
  CAF_CHECK_EQUAL(gaps.take({{"event", "x"}, {"level", "info"}}), 0u);
}

CAF_TEST(sources are forgotten before they fill the memory) {
  log_gaps gaps;
  for (size_t i = 0; i < 2 * log_gaps::max_sources; ++i)
    gaps.take(numbered(std::to_string(i).c_str(), "info", 1));
  CAF_CHECK_EQUAL(gaps.take(numbered("0", "info", 10)), 0u);
}

} // namespace log_wire_suite
