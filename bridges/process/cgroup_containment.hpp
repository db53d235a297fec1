// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "bridges/process/containment.hpp"

namespace rr {

/// A control group (version 2) below this process's own, with a fresh one in it
/// for every start: one in which `cgroup.kill` has been used once kills every
/// process that is born into it later.
class cgroup_containment final : public containment {
public:
  /// Also ends what dead runtimes have left in this process's group.
  /// @returns an `ec::system_error` when groups cannot be made or killed here:
  /// no version 2, no privilege, or a kernel without `cgroup.kill` (before
  /// 5.14).
  static caf::expected<std::unique_ptr<containment>>
  make(const std::string& identity);

  explicit cgroup_containment(std::string directory);

  cgroup_containment(const cgroup_containment&) = delete;
  cgroup_containment& operator=(const cgroup_containment&) = delete;

  ~cgroup_containment() override;

  caf::expected<std::unique_ptr<enclosure>>
  enclose(uint64_t id, const std::string& cookie) override;

  void kill_all() noexcept override;

  std::vector<std::string> keeper_arguments() const override;

private:
  std::string directory_;
};

} // namespace rr
