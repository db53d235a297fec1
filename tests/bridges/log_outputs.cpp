// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_outputs

#include "bridges/log_outputs.hpp"

#include <caf/test/dsl.hpp>

#include "tests/recording_log_output.hpp"

using namespace rr;

CAF_TEST(every output gets every event) {
  auto first = std::make_shared<recording_log_output>();
  auto second = std::make_shared<recording_log_output>();
  using list = std::vector<std::shared_ptr<log_output>>;
  auto log = event_log{std::make_shared<log_outputs>(list{first, second}),
                       "robot"};
  log.info("Process started", {{"pid", 17}});
  CAF_REQUIRE_EQUAL(first->events().size(), 1u);
  CAF_CHECK(first->events() == second->events());
  CAF_CHECK(second->has("Process started"));
  second->clear();
  CAF_CHECK(!second->has("Process started"));
}
