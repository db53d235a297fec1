// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE child_usage

#include "bridges/process/child_usage.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include <caf/test/dsl.hpp>

#include "bridges/system/process_stat.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace child_usage_suite {
namespace {

/// Fields 3 to 24, of which 14 to 17 are times and 24 is pages.
const std::string fields = "S 1 2 3 0 -1 4 5 6 7 8 100 50 10 5 20 0 1 0 99 "
                           "1000 300 18446744073709551615 1";

std::optional<child_usage> usage_of(const std::string& line) {
  auto stat = process_stat::parse(line);
  return stat ? child_usage_of(*stat, 100, 4096) : std::nullopt;
}

} // namespace

CAF_TEST(times of a process and its children count and memory is pages) {
  auto expected = child_usage{1650ms, 1200};
  for (auto name : {"(sh)", "(a) b (c)", "()"}) {
    auto usage = usage_of("17 " + std::string{name} + ' ' + fields);
    CAF_REQUIRE(usage);
    CAF_CHECK(*usage == expected);
  }
}

CAF_TEST(a zombie has nothing and what is torn is none) {
  CAF_CHECK(!usage_of("17 (sh) Z" + fields.substr(1)));
  auto text = "17 (sh) " + fields;
  for (size_t size = 0; size < text.find(" 300 "); ++size)
    CAF_REQUIRE(!usage_of(text.substr(0, size)));
}

CAF_TEST(of a living process the kernel tells it) {
  auto usage = read_child_usage(::getpid());
  CAF_REQUIRE(usage);
  CAF_CHECK(usage->resident_kib > 1'000);
  auto child = ::fork();
  if (child == 0)
    ::_exit(0);
  ::waitpid(child, nullptr, 0);
  CAF_CHECK(!read_child_usage(child));
}

} // namespace child_usage_suite
