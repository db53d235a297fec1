// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <functional>
#include <unordered_set>
#include <vector>

#include <caf/error.hpp>

namespace rr {

/// Blocks SIGCHLD in this thread and those that it starts, so that it waits for
/// whoever reaps. A program that adopts orphans calls it before any other
/// thread exists.
/// @returns an `ec::system_error`.
caf::error block_child_signal();

/// The orphans that this process has adopted: whoever is process 1 of a
/// namespace or a subreaper gets them, and nobody else reaps them. They are
/// told from this process's own children by asking whether a child is known.
///
/// Children that exist when this object is made, which a program keeps that
/// executes another one, are inherited: never among the living here, and reaped
/// only where nobody else does. For one thread.
class adopted_children {
public:
  /// @param known whether a child is one that this process has started and
  /// reaps elsewhere.
  /// @param reap_inherited whether inherited children are reaped here, too.
  adopted_children(std::function<bool(pid_t)> known, bool reap_inherited);

  adopted_children(const adopted_children&) = delete;
  adopted_children& operator=(const adopted_children&) = delete;

  /// Reaps those that have ended. Does not look at the living, unless a known
  /// child stands in the way that has ended.
  void reap();

  /// Reaps those that have ended, and tells the rest.
  std::vector<pid_t> living();

private:
  /// Reaps one if it has ended and is to be reaped here.
  /// @returns whether it lives and has been adopted.
  bool visit(pid_t child);

  std::function<bool(pid_t)> known_;
  std::unordered_set<pid_t> inherited_;
  bool reap_inherited_;
};

} // namespace rr
