// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

namespace rr {

/// The nodes of a graph in an order in which each can follow its predecessors.
struct topological_order {
  /// Each node is in a later generation than all of its predecessors, and in
  /// the earliest such.
  std::vector<std::vector<size_t>> generations;
  /// Those that are on a cycle or behind one: each has a predecessor here.
  std::vector<size_t> rest;
};

/// @param predecessors of each node, by index.
/// @returns indices, ascending in each part.
/// @relates topological_order
topological_order
sort_topologically(const std::vector<std::vector<size_t>>& predecessors);

} // namespace rr
