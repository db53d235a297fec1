// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE topological_order

#include "app/config/topological_order.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace topological_order_suite {
namespace {

using graph = std::vector<std::vector<size_t>>;

} // namespace

CAF_TEST(each is in the earliest generation after its predecessors) {
  auto order = sort_topologically({{1, 2}, {2}, {3, 3}, {}, {}});
  CAF_CHECK((order.generations == graph{{3, 4}, {2}, {1}, {0}}));
  CAF_CHECK(order.rest.empty());
  CAF_CHECK(sort_topologically({}).generations.empty());
}

CAF_TEST(cycles and what is behind them are the rest) {
  auto order = sort_topologically({{}, {2}, {1}, {2, 0}, {4}, {0}});
  CAF_CHECK((order.generations == graph{{0}, {5}}));
  CAF_CHECK((order.rest == std::vector<size_t>{1, 2, 3, 4}));
}

} // namespace topological_order_suite
