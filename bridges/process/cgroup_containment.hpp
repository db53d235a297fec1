// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "bridges/process/cgroup_worker.hpp"
#include "bridges/process/containment.hpp"

namespace rr {

/// A control group (version 2) below this process's own, with a fresh one in it
/// for every start: one in which `cgroup.kill` has been used once kills every
/// process that is born into it later.
class cgroup_containment final : public containment {
public:
  /// Also ends what dead runtimes have left in this process's group.
  /// @param cookie_prefix for the keeper, who looks for what has been moved
  /// out.
  /// @param memory whether to have the memory of enclosures bounded, where the
  /// controller is there and nobody else in this process's group is in the way.
  /// This process may move to a group of its own for that.
  /// @returns an `ec::system_error` when groups cannot be made or killed here:
  /// no version 2, no privilege, or a kernel without `cgroup.kill` (before
  /// 5.14).
  static caf::expected<std::unique_ptr<containment>>
  make(const std::string& identity, const std::string& cookie_prefix,
       bool memory);

  /// Whether `make` would succeed. Ends nothing.
  static bool probe();

  explicit cgroup_containment(std::string directory);

  cgroup_containment(const cgroup_containment&) = delete;
  cgroup_containment& operator=(const cgroup_containment&) = delete;

  ~cgroup_containment() override;

  bool prepare(uint64_t id, std::function<void()> ready) override;

  void forget(uint64_t id) override;

  caf::expected<std::unique_ptr<enclosure>>
  enclose(uint64_t id, const std::string& cookie) override;

  void kill_all() noexcept override;

  std::vector<std::string> keeper_arguments() const override;

  containment_kind kind() const noexcept override {
    return containment_kind::control_group;
  }

  bool bounds_memory() const noexcept override {
    return memory_;
  }

  std::vector<heartbeat_witness> witnesses() const override;

private:
  /// With a new group below this process's own.
  static caf::expected<std::unique_ptr<cgroup_containment>>
  make_below(const std::string& own, const std::string& identity);

  caf::error start_worker();

  std::string directory_of(uint64_t id) const;

  std::string directory_;
  std::string cookie_prefix_;
  bool memory_ = false;
  /// None in a containment that has been made to try it.
  std::optional<cgroup_worker> worker_;
};

} // namespace rr
