// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unordered_set>

#include "bridges/process/adopted_children.hpp"
#include "bridges/process/containment.hpp"

namespace rr {

/// Finds what a child has started by a cookie in the environment. This process
/// becomes the reaper of its orphans (`PR_SET_CHILD_SUBREAPER`), so that the
/// daemons of a child that has ended are among its own children. Only one of
/// them may be in use in a process, and no one else's orphans may be there.
class cookie_containment final : public containment {
public:
  /// @param orphans outlives it.
  /// @returns an `ec::system_error` when this process cannot list its children
  /// or become their reaper.
  static caf::expected<std::unique_ptr<containment>>
  make(std::string prefix, adopted_children& orphans);

  cookie_containment(std::string prefix, adopted_children& orphans);

  cookie_containment(const cookie_containment&) = delete;
  cookie_containment& operator=(const cookie_containment&) = delete;

  ~cookie_containment() override;

  caf::expected<std::unique_ptr<enclosure>>
  enclose(uint64_t id, const std::string& cookie) override;

  void kill_all() noexcept override;

  std::vector<std::string> keeper_arguments() const override;

  containment_kind kind() const noexcept override {
    return containment_kind::cookie;
  }

private:
  std::string prefix_;
  adopted_children& orphans_;
  /// Those that `kill_all` has killed: whoever dies loses the environment
  /// first, and is waited for by every enclosure.
  std::unordered_set<pid_t> killed_;
};

} // namespace rr
