// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/topological_order.hpp"

#include <algorithm>
#include <utility>

namespace rr {

topological_order
sort_topologically(const std::vector<std::vector<size_t>>& predecessors) {
  std::vector<size_t> missing;
  std::vector<std::vector<size_t>> successors(predecessors.size());
  std::vector<size_t> ready;
  for (size_t i = 0; i < predecessors.size(); ++i) {
    missing.push_back(predecessors[i].size());
    for (auto other : predecessors[i])
      successors[other].push_back(i);
    if (missing[i] == 0)
      ready.push_back(i);
  }
  topological_order result;
  while (!ready.empty()) {
    std::vector<size_t> next;
    for (auto i : ready)
      for (auto other : successors[i])
        if (--missing[other] == 0)
          next.push_back(other);
    std::ranges::sort(next);
    result.generations.push_back(std::exchange(ready, std::move(next)));
  }
  for (size_t i = 0; i < missing.size(); ++i)
    if (missing[i] > 0)
      result.rest.push_back(i);
  return result;
}

} // namespace rr
