// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE shared_strings

#include "messages/process/shared_strings.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace shared_strings_suite {

CAF_TEST(copies share the texts) {
  shared_strings x{"a", "b"};
  auto y = x; // NOLINT(performance-unnecessary-copy-initialization)
  CAF_CHECK(&x.get() == &y.get());
  CAF_CHECK(x == y);
}

CAF_TEST(others are equal by what they say) {
  CAF_CHECK((shared_strings{"a", "b"}
             == shared_strings{std::vector<std::string>{"a", "b"}}));
  CAF_CHECK((shared_strings{"a", "b"} != shared_strings{"b", "a"}));
  CAF_CHECK((shared_strings{} != shared_strings{"a"}));
}

CAF_TEST(without texts they are empty) {
  shared_strings none;
  CAF_CHECK(none.empty());
  CAF_CHECK(none.begin() == none.end());
  CAF_CHECK(none == shared_strings{std::vector<std::string>{}});
}

} // namespace shared_strings_suite
