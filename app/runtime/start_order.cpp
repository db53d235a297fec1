// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/start_order.hpp"

#include <map>
#include <string_view>

#include "app/config/topological_order.hpp"

namespace rr {

std::vector<std::vector<size_t>>
start_order(const std::vector<process_settings>& processes) {
  std::map<std::string_view, size_t> index;
  for (size_t i = 0; i < processes.size(); ++i)
    index.emplace(processes[i].name, i);
  std::vector<std::vector<size_t>> predecessors(processes.size());
  for (size_t i = 0; i < processes.size(); ++i)
    for (const auto& before : processes[i].after)
      if (auto found = index.find(before); found != index.end())
        predecessors[i].push_back(found->second);
  auto order = sort_topologically(predecessors);
  if (!order.rest.empty())
    order.generations.push_back(std::move(order.rest));
  return std::move(order.generations);
}

} // namespace rr
