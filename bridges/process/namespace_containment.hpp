// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <set>

#include "bridges/process/containment.hpp"
#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// A process-id namespace for every start. Its process 1 waits for nothing but
/// the end of this process, or to be killed; whatever the child has started
/// ends with it, and it reaps what the child has left.
///
/// A process of an ordinary user makes it inside of a user namespace, in which
/// files of other users seem to be nobody's, and programs with more privileges
/// than their user (setuid) do not get them. One that has some capabilities and
/// not that to make a namespace makes none: children would lose theirs.
class namespace_containment final : public containment {
public:
  /// @returns an `ec::system_error` when the kernel refuses namespaces.
  static caf::expected<std::unique_ptr<containment>>
  make(const std::string& launcher);

  /// @param kind as the launcher takes it.
  explicit namespace_containment(std::string kind);

  namespace_containment(const namespace_containment&) = delete;
  namespace_containment& operator=(const namespace_containment&) = delete;

  ~namespace_containment() override;

  caf::expected<std::unique_ptr<enclosure>>
  enclose(uint64_t id, const std::string& cookie) override;

  void kill_all() noexcept override;

  std::vector<std::string> keeper_arguments() const override;

  containment_kind kind() const noexcept override {
    return containment_kind::process_namespace;
  }

private:
  class member;

  std::string kind_;
  /// Those that live.
  std::set<member*> members_;
};

} // namespace rr
