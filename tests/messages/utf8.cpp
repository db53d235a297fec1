// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE utf8

#include "messages/utf8.hpp"

#include <caf/test/unit_test.hpp>

using namespace rr;

namespace utf8_suite {
namespace {

std::string prefix(std::string_view text, size_t max_bytes) {
  return std::string{utf8_prefix(text, max_bytes)};
}

} // namespace

CAF_TEST(a text that is short enough is not cut) {
  CAF_CHECK_EQUAL(prefix("", 0), "");
  CAF_CHECK_EQUAL(prefix("smoke", 5), "smoke");
  CAF_CHECK_EQUAL(prefix("\xe2\x82\xac", 3), "\xe2\x82\xac");
}

CAF_TEST(a text is cut between two characters) {
  CAF_CHECK_EQUAL(prefix("smoke", 4), "smok");
  CAF_CHECK_EQUAL(prefix("a\xc3\xa4", 2), "a");
  CAF_CHECK_EQUAL(prefix("a\xe2\x82\xac", 3), "a");
  CAF_CHECK_EQUAL(prefix("a\xf0\x9f\x94\xa5z", 4), "a");
  CAF_CHECK_EQUAL(prefix("a\xf0\x9f\x94\xa5z", 5), "a\xf0\x9f\x94\xa5");
}

CAF_TEST(what is no text is cut to its size) {
  CAF_CHECK_EQUAL(prefix("\x80\x80\x80\x80\x80", 4), "\x80\x80\x80\x80");
  CAF_CHECK_EQUAL(prefix("\xff\xff", 1), "\xff");
}

} // namespace utf8_suite
