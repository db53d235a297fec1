// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_sink

#include "bridges/log/log_sink.hpp"

#include <spdlog/logger.h>

#include "tests/support/recording_log_output.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace log_sink_suite {

CAF_TEST(what any spdlog logger says is an event) {
  auto events = std::make_shared<recording_log_output>();
  auto sink = std::make_shared<log_sink>(event_log{events, "robot"});
  auto named = spdlog::logger{"arm", sink};
  named.set_level(spdlog::level::trace);
  named.trace("fine");
  named.info("at {} degrees", 17);
  named.warn("stuck");
  named.error("broken");
  auto nameless = spdlog::logger{"", sink};
  nameless.critical("gone");
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 5u);
  CAF_CHECK(seen[0].level == log_level::debug);
  CAF_CHECK_EQUAL(seen[1].event, "at 17 degrees");
  CAF_CHECK(seen[1].level == log_level::info);
  CAF_CHECK(seen[1].fields == (log_fields{{"logger", "arm"}}));
  CAF_CHECK(seen[2].level == log_level::warning);
  CAF_CHECK(seen[3].level == log_level::error);
  CAF_CHECK(seen[4].level == log_level::critical);
  CAF_CHECK(seen[4].fields.empty());
}

} // namespace log_sink_suite
