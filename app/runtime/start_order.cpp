// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/start_order.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace rr {

std::vector<std::vector<size_t>>
start_order(const std::vector<process_settings>& processes) {
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < processes.size(); ++i)
    index.emplace(processes[i].name, i);
  // A chain is at most as long as there are processes, so this settles.
  std::vector<size_t> depth(processes.size(), 0);
  for (size_t round = 0; round < processes.size(); ++round)
    for (size_t i = 0; i < processes.size(); ++i)
      for (const auto& before : processes[i].after)
        if (auto found = index.find(before); found != index.end())
          depth[i] = std::min(std::max(depth[i], depth[found->second] + 1),
                              processes.size() - 1);
  std::vector<std::vector<size_t>> result;
  for (size_t i = 0; i < processes.size(); ++i) {
    if (depth[i] >= result.size())
      result.resize(depth[i] + 1);
    result[depth[i]].push_back(i);
  }
  std::erase_if(result, [](const auto& group) { return group.empty(); });
  return result;
}

} // namespace rr
