// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE ring_export

#include "bridges/black_box/ring_export.hpp"

#include <caf/test/dsl.hpp>

#include "tests/support/mcap_file.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace ring_export_suite {
namespace {

constexpr auto hour = std::chrono::nanoseconds{1h};

struct fixture {
  std::string bytes;
  mcap_writer out{[this](std::string_view more) {
    bytes += more;
    return caf::error{};
  }};
  ring_export all{out};
  ring_contents contents;

  fixture() {
    contents.description.keep = 60s;
  }

  /// @param steady seconds before now.
  void add(kept_kind kind, std::chrono::seconds age, std::string_view text,
           uint16_t topic = 0, bool is_repeated = false) {
    kept_record record;
    record.sequence = contents.records.size() + 1;
    record.kind = kind;
    record.topic = topic;
    record.is_repeated = is_repeated;
    record.steady = hour - age;
    record.time = std::chrono::system_clock::time_point{hour - age};
    record.text = text;
    contents.records.push_back(record);
  }

  mcap_file file() {
    all.add(contents);
    all.count();
    CAF_CHECK(!out.finish());
    auto result = mcap_file::parse(bytes);
    CAF_CHECK_EQUAL(result.problems, std::vector<std::string>{});
    return result;
  }
};

constexpr std::string_view line
  = R"({"event":"hello","level":"info","timestamp":"2026-11-30T02:30:00Z",)"
    R"("app":"rover","n":7})";

} // namespace

CAF_TEST_FIXTURE_SCOPE(ring_export_tests, fixture)

CAF_TEST(what is too old is left out) {
  add(kept_kind::log, 90s, line);
  add(kept_kind::log, 30s, line);
  add(kept_kind::log, 0s, line);
  CAF_CHECK_EQUAL(file().on("/log").size(), 2u);
}

CAF_TEST(before the first moment stands how things were then) {
  add(kept_kind::state, 600s, R"({"n":1})");
  add(kept_kind::state, 300s, R"({"n":2})");
  add(kept_kind::log, 50s, line);
  add(kept_kind::state, 10s, R"({"n":3})");
  auto found = file();
  auto states = found.on("/robot/state");
  CAF_REQUIRE_EQUAL(states.size(), 2u);
  CAF_CHECK_EQUAL(states[0].value("n", 0), 2);
  CAF_CHECK_EQUAL(states[1].value("n", 0), 3);
  CAF_CHECK_EQUAL(found.messages[0].topic, "/robot/state");
  auto begin = static_cast<uint64_t>((hour - 50s).count());
  CAF_CHECK_EQUAL(found.messages[0].logged, begin);
  CAF_CHECK_EQUAL(found.messages[0].published,
                  static_cast<uint64_t>((hour - 300s).count()));
}

CAF_TEST(what is repeated is told once) {
  add(kept_kind::device, 40s, R"({"n":1})", 3);
  add(kept_kind::device, 40s, R"({"n":1})", 3, true);
  add(kept_kind::control, 50s, R"({"n":2})", 0, true);
  add(kept_kind::control, 50s, R"({"n":2})", 0, true);
  auto found = file();
  CAF_CHECK_EQUAL(found.on("/control").size(), 1u);
  CAF_CHECK_EQUAL(found.on("/devices/unknown-3").size(), 1u);
}

CAF_TEST(a device has the topic that was kept of it) {
  add(kept_kind::device, 40s, R"({"n":1})", 3);
  add(kept_kind::topic, 30s,
      R"({"name":"/devices/left","schema_name":"Left","schema":"{}"})", 3);
  CAF_CHECK_EQUAL(file().on("/devices/left").size(), 1u);
}

CAF_TEST(what is no JSON is left out and counted) {
  add(kept_kind::log, 1s, "no line");
  add(kept_kind::state, 1s, "{");
  add(kept_kind::control, 1s, std::string_view{"\"\xff\""});
  add(kept_kind::topic, 1s, R"({"name":"/x","schema_name":"","schema":"{"})",
      4);
  add(kept_kind::device, 1s, "{}", 4);
  std::string deep(200'000, '[');
  add(kept_kind::control, 1s, deep);
  add(kept_kind::log, 0s, line);
  auto found = file();
  CAF_CHECK_EQUAL(found.messages.size(), 2u);
  CAF_CHECK_EQUAL(found.metadata["robot-runtime-counts"]["malformed"], "4");
}

CAF_TEST(what comes later is added to it) {
  add(kept_kind::log, 1s, line);
  all.add(contents);
  contents.records.clear();
  add(kept_kind::log, 0s, line);
  contents.lost = 5;
  contents.missed = 6;
  auto found = file();
  CAF_CHECK_EQUAL(found.on("/log").size(), 2u);
  CAF_CHECK_EQUAL(found.metadata["robot-runtime-counts"]["lost"], "5");
  CAF_CHECK_EQUAL(found.metadata["robot-runtime-counts"]["missed"], "6");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace ring_export_suite
