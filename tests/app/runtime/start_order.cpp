// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE start_order

#include "app/runtime/start_order.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace start_order_suite {
namespace {

using groups = std::vector<std::vector<size_t>>;

process_settings process(std::string name, std::vector<std::string> after) {
  process_settings result;
  result.name = std::move(name);
  result.after = std::move(after);
  return result;
}

} // namespace

CAF_TEST(processes without an order start together) {
  CAF_CHECK(
    (start_order({process("a", {}), process("b", {})}) == groups{{0, 1}}));
  CAF_CHECK(start_order({}).empty());
}

CAF_TEST(a process starts after all that it names) {
  auto result
    = start_order({process("d", {"b", "c"}), process("c", {"b"}),
                   process("b", {"a"}), process("a", {}), process("e", {})});
  CAF_CHECK((result == groups{{3, 4}, {2}, {1}, {0}}));
}

CAF_TEST(what check refuses does no harm) {
  auto result = start_order(
    {process("a", {"b"}), process("b", {"a"}), process("c", {"nobody"})});
  size_t total = 0;
  for (const auto& group : result)
    total += group.size();
  CAF_CHECK_EQUAL(total, 3u);
}

} // namespace start_order_suite
