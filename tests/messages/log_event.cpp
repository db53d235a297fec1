// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_event

#include "messages/log_event.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

CAF_TEST(warn is taken as warning and never written) {
  CAF_CHECK_EQUAL(parse_log_level("warn"), log_level::warning);
  CAF_CHECK_EQUAL(to_string(log_level::warning), "warning");
}
