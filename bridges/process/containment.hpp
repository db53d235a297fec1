// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

namespace rr {

class adopted_children;

/// Everything that one child starts, however far it has moved away from its
/// parent. Not thread safe.
class enclosure {
public:
  /// Forgets what is left; only an empty one leaves no trace.
  virtual ~enclosure();

  /// The `cgroup.procs` file through which the launcher enters, or empty.
  virtual const std::string& entrance() const noexcept = 0;

  /// SIGKILL to all of it that can be reached at once.
  virtual void kill() noexcept = 0;

  /// Whether nothing is left. To be asked when the child itself has been
  /// reaped; may kill what it finds.
  virtual bool empty() noexcept = 0;

  /// After `empty()` was false: the descriptor on which epoll tells that it is
  /// time to ask again, -1 if there is none.
  virtual int changed() const noexcept = 0;

  /// The events of epoll that tell so.
  virtual uint32_t events() const noexcept = 0;
};

/// How everything that children start is found and ended.
class containment {
public:
  /// Ends what is left, for a bounded time.
  virtual ~containment();

  /// A fresh enclosure for one start.
  /// @param cookie the entry of the child's environment that is its alone.
  virtual caf::expected<std::unique_ptr<enclosure>>
  enclose(uint64_t id, const std::string& cookie) = 0;

  /// SIGKILL to all of every enclosure that can be reached at once.
  virtual void kill_all() noexcept = 0;

  /// The launcher's arguments for a keeper that ends it all should this
  /// process die.
  virtual std::vector<std::string> keeper_arguments() const = 0;
};

enum class containment_kind : uint8_t {
  /// Control groups where they can be had, else cookies.
  automatic,
  /// Control groups (version 2): nothing escapes.
  control_group,
  /// A cookie in the environment, and this process as the reaper of orphans:
  /// needs no privilege. A daemon with another environment outlives its child,
  /// until the end of this process.
  cookie,
};

/// Tells this process and moment from every other: `PIDNS-PID-STARTTIME-N`.
std::string make_identity();

/// The inode of this process's process-id namespace.
uint64_t process_namespace();

/// The names in a directory, without `.` and `..`; none when it cannot be read.
std::vector<std::string> list_directory(const std::string& path) noexcept;

/// @param cookie_prefix what the cookies of all enclosures begin with.
/// @param orphans outlives the containment.
caf::expected<std::unique_ptr<containment>>
make_containment(containment_kind kind, const std::string& identity,
                 std::string cookie_prefix, adopted_children& orphans);

} // namespace rr
