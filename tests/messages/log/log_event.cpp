// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_event

#include "messages/log/log_event.hpp"

#include "messages/log/error_fields.hpp"

#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <ctime>
#include <limits>

#include <nlohmann/json.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace log_event_suite {
namespace {

using json = nlohmann::json;

struct fixture {
  log_event event{"Process started", log_level::info, {}, "robot", {}};

  fixture() {
    // People read the time of their own clock.
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    using namespace std::chrono;
    event.timestamp = sys_days{2024y / May / 1} + 9h + 30min + 125us + 999ns;
  }

  json decoded() const {
    return json::parse(to_json(event));
  }

  std::string pretty(std::string text) {
    event.event = std::move(text);
    return to_pretty(event, false).substr(38);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_event_tests, fixture)

CAF_TEST(warn is taken as warning and never written) {
  CAF_CHECK_EQUAL(parse_log_level("warn"), log_level::warning);
  CAF_CHECK_EQUAL(to_string(log_level::warning), "warning");
}

CAF_TEST(a level that does not exist is an error that names it) {
  auto level = parse_log_level("loud");
  CAF_REQUIRE(!level);
}

CAF_TEST(timestamps are UTC with microseconds) {
  CAF_CHECK_EQUAL(format_timestamp(event.timestamp),
                  "2024-05-01T09:30:00.000125Z");
  CAF_CHECK_EQUAL(format_timestamp({}), "1970-01-01T00:00:00.000000Z");
  CAF_CHECK_EQUAL(format_timestamp(std::chrono::system_clock::time_point{-1ns}),
                  "1969-12-31T23:59:59.999999Z");
}

CAF_TEST(JSON has the four keys first and the fields flat and in order) {
  event.fields = {{"process", "camera"}, {"pid", 17}, {"ok", true}};
  CAF_CHECK_EQUAL(to_json(event),
                  R"({"event":"Process started","level":"info",)"
                  R"("timestamp":"2024-05-01T09:30:00.000125Z",)"
                  R"("app":"robot","process":"camera","pid":17,"ok":true})");
}

CAF_TEST(of equal names the last wins) {
  event.fields = {{"pid", 1}, {"process", "camera"}, {"pid", 2}};
  CAF_CHECK(to_json(event).ends_with(R"("process":"camera","pid":2})"));
}

CAF_TEST(no field overwrites what every event has) {
  event.fields = {{"event", "x"}, {"level", "x"}, {"timestamp", 1}, {"app", 2}};
  auto value = decoded();
  CAF_CHECK_EQUAL(value.size(), 4u);
  CAF_CHECK_EQUAL(value["event"], "Process started");
  CAF_CHECK_EQUAL(value["app"], "robot");
  CAF_CHECK_EQUAL(to_pretty(event, false).find("event="), std::string::npos);
}

CAF_TEST(numbers of JSON read back as they were) {
  event.fields = {{"least", std::numeric_limits<int64_t>::min()},
                  {"most", std::numeric_limits<uint64_t>::max()},
                  {"tenth", 0.1},
                  {"whole", 5.0},
                  {"huge", 1e300}};
  auto value = decoded();
  CAF_CHECK(value["least"] == std::numeric_limits<int64_t>::min());
  CAF_CHECK(value["most"] == std::numeric_limits<uint64_t>::max());
  CAF_CHECK(value["tenth"] == 0.1);
  CAF_CHECK(value["whole"].is_number_float());
  CAF_CHECK(value["huge"] == 1e300);
}

CAF_TEST(what JSON has no number for is null) {
  auto infinite = std::numeric_limits<double>::infinity();
  event.fields = {{"a", std::nan("")}, {"b", infinite}, {"c", -infinite}};
  auto value = decoded();
  CAF_CHECK(value["a"].is_null());
  CAF_CHECK(value["b"].is_null());
  CAF_CHECK(value["c"].is_null());
}

CAF_TEST(hostile text stays one line of valid JSON) {
  event.event = "a\nb\"c\\d\x1b[2J\xff\xc3";
  event.fields = {{std::string("k\n\"\0", 4), std::string("\0\r\n", 3)}};
  auto line = to_json(event);
  CAF_CHECK_EQUAL(line.find('\n'), std::string::npos);
  auto value = json::parse(line);
  CAF_CHECK_EQUAL(value["event"], "a\nb\"c\\d\x1b[2J\xef\xbf\xbd\xef\xbf\xbd");
  CAF_CHECK_EQUAL(value[std::string("k\n\"\0", 4)], std::string("\0\r\n", 3));
}

CAF_TEST(pretty has columns for people and the process before the text) {
  event.fields = {{"why", "no \"power\""}, {"process", "camera"}, {"pid", 17}};
  CAF_CHECK_EQUAL(to_pretty(event, false),
                  "09:30:00.000 info     camera          Process started"
                  "  pid=17 why=\"no \\\"power\\\"\"");
  event.fields = {{"pid", 17}};
  CAF_CHECK_EQUAL(to_pretty(event, false),
                  "09:30:00.000 info     robot           Process started"
                  "  pid=17");
}

CAF_TEST(pretty has the time of the clock on the wall) {
  ::setenv("TZ", "XYZ-5:30", 1);
  ::tzset();
  CAF_CHECK(to_pretty(event, false).starts_with("15:00:00.000 info"));
  event.timestamp += 999'900us;
  CAF_CHECK(to_pretty(event, false).starts_with("15:00:01.000 info"));
}

CAF_TEST(fields have one order however they came) {
  event.fields = {{"b", 1}, {"pid", 7}, {"a", 2}};
  auto one = to_pretty(event, false);
  event.fields = {{"a", 2}, {"b", 1}, {"pid", 7}};
  CAF_CHECK_EQUAL(one, to_pretty(event, false));
  CAF_CHECK(one.ends_with(" pid=7 a=2 b=1"));
}

CAF_TEST(a line of a child is its process and its text) {
  event.event = "drive forward";
  event.fields = {{"stream", "stdout"}, {"process", "student"}, {"pid", 17}};
  CAF_CHECK_EQUAL(to_pretty(event, false),
                  "09:30:00.000 info     student         drive forward");
}

CAF_TEST(pretty fits a terminal where the text does) {
  event.event = "Process failed";
  event.level = log_level::critical;
  event.fields = {{"process", "a-name-that-is-of-32-characters-"},
                  {"pid", 4194303},
                  {"exit_code", 255},
                  {"core_dumped", false},
                  {"reaction", "emergency stop"},
                  {"signal", "SIGVTALRM"}};
  auto text = to_pretty(event, false) + '\n';
  for (size_t begin = 0; begin < text.size();) {
    auto end = text.find('\n', begin);
    CAF_CHECK_LESS_OR_EQUAL(end - begin, 80u);
    CAF_CHECK(begin == 0 || text.compare(begin, 4, "    ") == 0);
    begin = end + 1;
  }
  for (auto field : {"pid=4194303", "exit_code=255", "core_dumped=false",
                     "reaction=\"emergency stop\"", "signal=SIGVTALRM"})
    CAF_CHECK_NOT_EQUAL(text.find(field), std::string::npos);
}

CAF_TEST(a field that does not fit stands below) {
  event.event = "x";
  event.fields = {{"a", std::string(37, 'y')}};
  auto text = to_pretty(event, false);
  CAF_CHECK_EQUAL(text.find('\n'), std::string::npos);
  CAF_CHECK_EQUAL(text.size(), 80u);
  event.fields = {{"a", std::string(38, 'y')}};
  CAF_CHECK(
    to_pretty(event, false).ends_with("x\n    a=" + std::string(38, 'y')));
}

CAF_TEST(pretty tells publishers apart) {
  auto line = [this](std::string app) {
    event.app = std::move(app);
    return to_pretty(event, false).substr(22);
  };
  CAF_CHECK_EQUAL(line("arm"), "arm             Process started");
  CAF_CHECK_EQUAL(line("Motör"), "Motör           Process started");
  CAF_CHECK_EQUAL(line("left-front-arm"), "left-front-arm  Process started");
  CAF_CHECK_EQUAL(line("\x1b[2J\n"), "\\x1b[2J\\n       Process started");
  CAF_CHECK_EQUAL(line(""), "-               Process started");
}

CAF_TEST(pretty has the lines of a value below the event) {
  event.fields
    = {{"exception", "Traceback:\n  File \"a.py\"\r\n\nKeyError: 1\n"},
       {"pid", 17},
       {"why", "one\n"}};
  CAF_CHECK_EQUAL(to_pretty(event, false),
                  "09:30:00.000 info     robot           Process started"
                  "  pid=17 why=one\\n\n"
                  "    exception:\n"
                  "      Traceback:\n"
                  "        File \"a.py\"\n"
                  "      \n"
                  "      KeyError: 1");
}

CAF_TEST(no line of a value passes for an event or reaches the terminal) {
  event.fields
    = {{"a\n2024-05-01 x", "\x1b[2J\n\x1b[1A2024-05-01\rx\n\xc2\x85\t"}};
  auto text = to_pretty(event, false);
  for (auto c : text)
    CAF_CHECK(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  auto lines = text.substr(text.find('\n') + 1);
  CAF_CHECK_EQUAL(lines, "    a\\n2024-05-01 x:\n"
                         "      \\x1b[2J\n"
                         "      \\x1b[1A2024-05-01\\rx\n"
                         "      \\u0085\\t");
}

CAF_TEST(of many lines the middle is left out and long ones are cut) {
  std::string text = "first\n";
  for (auto i = 0; i < 100'000; ++i)
    text += "x\n";
  event.fields = {{"a", text + "last\n"}, {"b", "left\nout"}};
  auto pretty = to_pretty(event, false);
  CAF_CHECK_EQUAL(std::count(pretty.begin(), pretty.end(), '\n'), 51);
  CAF_CHECK_NOT_EQUAL(pretty.find("\n      first\n"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(pretty.find("\n      ... 99953 lines left out\n"),
                      std::string::npos);
  CAF_CHECK(pretty.ends_with("\n      last"));
  CAF_CHECK_NOT_EQUAL(pretty.find(R"( b=left\nout)"), std::string::npos);
  event.fields = {{"a", "\n" + std::string(498, 'x')
                          + "\u20ac"
                            "tail"}};
  CAF_CHECK(to_pretty(event, false)
              .ends_with("\n      " + std::string(498, 'x') + "..."));
}

CAF_TEST(pretty makes visible what a terminal would obey) {
  CAF_CHECK_EQUAL(pretty("\x1b[2J\t\r\n"), "\\x1b[2J\\t\\r\\n");
  CAF_CHECK_EQUAL(pretty("\x7f"), "\\x7f");
  CAF_CHECK_EQUAL(pretty("\xc2\x9b"), "\\u009b");
  CAF_CHECK_EQUAL(pretty("\xe2\x80\xae"), "\\u202e");
  CAF_CHECK_EQUAL(pretty("\xe2\x81\xa6"), "\\u2066");
  CAF_CHECK_EQUAL(pretty("\xe2\x80\xa8"), "\\u2028");
}

CAF_TEST(pretty makes bytes visible that are not UTF 8) {
  CAF_CHECK_EQUAL(pretty("\x9b\xff"), "\\x9b\\xff");
  CAF_CHECK_EQUAL(pretty("\xc3"), "\\xc3");
  CAF_CHECK_EQUAL(pretty("\xc0\x9b"), "\\xc0\\x9b");
  CAF_CHECK_EQUAL(pretty("\xe0\x82\x9b"), "\\xe0\\x82\\x9b");
  CAF_CHECK_EQUAL(pretty("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  CAF_CHECK_EQUAL(pretty("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

CAF_TEST(pretty passes text of any language) {
  CAF_CHECK_EQUAL(pretty("Motör 速度 🤖"), "Motör 速度 🤖");
}

CAF_TEST(names and values of fields are made visible too) {
  event.fields = {{"a\x1b", "b\x1b c"}};
  CAF_CHECK(to_pretty(event, false).ends_with(R"( a\x1b="b\x1b c")"));
}

CAF_TEST(there are escape sequences only when coloured) {
  event.fields = {{"pid", 17}};
  CAF_CHECK_EQUAL(to_pretty(event, false).find('\x1b'), std::string::npos);
  CAF_CHECK_NOT_EQUAL(to_pretty(event, true).find('\x1b'), std::string::npos);
}

CAF_TEST(an argument says what it was made of) {
  auto field = [](const log_argument& x) { return log_field{x}; };
  auto most = std::numeric_limits<uint64_t>::max();
  CAF_CHECK(field({"it", true}) == (log_field{"it", true}));
  CAF_CHECK(field({"it", int8_t{-3}}) == (log_field{"it", -3}));
  CAF_CHECK(field({"it", most}) == (log_field{"it", most}));
  CAF_CHECK(field({"it", 0.25}) == (log_field{"it", 0.25}));
  CAF_CHECK(field({"it", "text"}) == (log_field{"it", "text"}));
  CAF_CHECK(field({"it", std::string_view{"a\0b", 3}})
            == (log_field{"it", std::string{"a\0b", 3}}));
  for (const auto& x : {log_field{"it", true}, log_field{"it", most},
                        log_field{"it", -3}, log_field{"it", "text"}})
    CAF_CHECK(field(x) == x);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(errors carry their context as fields) {
  auto busy = system_error_about("cannot bind ipc:///a: address already in use",
                                 "ipc:///a", EADDRINUSE);
  CAF_CHECK(busy == ec::system_error);
  CAF_CHECK_EQUAL(describe(busy),
                  "cannot bind ipc:///a: address already in use");
  CAF_CHECK(error_fields(busy)
            == (log_fields{{"error", describe(busy)},
                           {"address", "ipc:///a"},
                           {"errno", EADDRINUSE}}));
  CAF_CHECK(error_fields(system_error("cannot open", ENOENT))
            == (log_fields{{"error", "cannot open: no such file or directory"},
                           {"errno", ENOENT}}));
  CAF_CHECK(error_fields(caf::make_error(ec::malformed, "no text"))
            == (log_fields{{"error", "no text"}}));
}

} // namespace log_event_suite
