// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE stop_statistics

#include "messages/record/stop_statistics.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace stop_statistics_suite {

CAF_TEST(before the first stop there is neither worst nor median) {
  CAF_CHECK_EQUAL(status_as_json(stop_statistics{}),
                  (json{{"worst_signal_us", nullptr},
                        {"median_signal_us", nullptr},
                        {"count", 0}}));
}

CAF_TEST(the worst is of all stops and the median of the last hundred) {
  stop_statistics stops;
  add_stop(stops, 5'000);
  for (auto i = 0; i < 100; ++i)
    add_stop(stops, 50 + i % 3);
  CAF_CHECK_EQUAL(stops.last_signal_us.size(), median_stops);
  CAF_CHECK_EQUAL(status_as_json(stops), (json{{"worst_signal_us", 5'000},
                                               {"median_signal_us", 51},
                                               {"count", 101}}));
}

CAF_TEST(they are read as they were written) {
  stop_statistics stops;
  add_stop(stops, 7);
  add_stop(stops, 9);
  auto text = as_json(stops).dump() + '\n';
  CAF_CHECK(read_stops(text) == stops);
  for (size_t size = 0; size + 2 < text.size(); ++size)
    CAF_REQUIRE(read_stops(text.substr(0, size)) == stop_statistics{});
}

CAF_TEST(what is none counts nothing) {
  for (auto text : {"", "[]", "{\"count\": -1}",
                    "{\"count\":1,\"worst_signal_us\":1,\"last_signal_us\":[{}"
                    "]}"})
    CAF_CHECK(read_stops(text) == stop_statistics{});
}

} // namespace stop_statistics_suite
