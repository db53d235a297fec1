// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE status_follow

#include "app/command/status_follow.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace status_follow_suite {

CAF_TEST(a text is drawn over the last one and nothing of that stays) {
  CAF_CHECK_EQUAL(drawn_anew("a\nb\n", 24), "\x1b[H\x1b[?7l"
                                            "a\x1b[K\nb\x1b[K\n"
                                            "\x1b[J\x1b[?7h");
}

CAF_TEST(what does not fit the terminal is counted) {
  auto fits = drawn_anew("1\n2\n3\n4\n", 5);
  CAF_CHECK_NOT_EQUAL(fits.find("4\x1b[K\n"), std::string::npos);
  auto cut = drawn_anew("1\n2\n3\n4\n5\n", 5);
  CAF_CHECK_NOT_EQUAL(cut.find("3\x1b[K\n... 2 more lines\x1b[K\n\x1b[J"),
                      std::string::npos);
  CAF_CHECK_EQUAL(cut.find('4'), std::string::npos);
  CAF_CHECK_NOT_EQUAL(drawn_anew("1\n2\n3\n", 0).find('3'), std::string::npos);
  CAF_CHECK_NOT_EQUAL(drawn_anew("1\n2\n3\n", 1).find('3'), std::string::npos);
}

} // namespace status_follow_suite
