// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE recent_output

#include "bridges/process/recent_output.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace recent_output_suite {
namespace {

using texts = std::vector<std::string>;

output_line line(int32_t pid, std::string text) {
  return {"child", pid, output_stream::standard_output, std::move(text), 0};
}

} // namespace

CAF_TEST(of each child the last lines are kept until they are taken) {
  recent_output recent{2, 100};
  for (auto text : {"a", "b", "c"})
    recent.take(line(1, text));
  recent.take(line(2, "other"));
  CAF_CHECK_EQUAL(recent.take_out(1), (texts{"b", "c"}));
  CAF_CHECK_EQUAL(recent.take_out(1), texts{});
  CAF_CHECK_EQUAL(recent.take_out(2), texts{"other"});
}

CAF_TEST(of a long line the beginning is kept and no character is torn) {
  recent_output recent{2, 4};
  recent.take(line(1, "abc\xc3\xa4\xc3\xa4"));
  CAF_CHECK_EQUAL(recent.take_out(1), texts{"abc"});
}

CAF_TEST(the child that has been silent longest is forgotten) {
  recent_output recent{2, 100, 2};
  for (auto pid : {1, 2, 1, 3})
    recent.take(line(pid, "x"));
  CAF_CHECK_EQUAL(recent.take_out(1).size(), 2u);
  CAF_CHECK_EQUAL(recent.take_out(2).size(), 0u);
  CAF_CHECK_EQUAL(recent.take_out(3).size(), 1u);
}

} // namespace recent_output_suite
