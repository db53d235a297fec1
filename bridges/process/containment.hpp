// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/system/sign_of_life.hpp"

namespace rr {

class adopted_children;

/// Everything that one child starts, however far it has moved away from its
/// parent. Not thread safe.
class enclosure {
public:
  /// Forgets what is left; only an empty one leaves no trace.
  virtual ~enclosure();

  /// What the launcher must be told to put the child inside, `key=value` each
  /// (see `bridges/launcher/launcher.h`).
  virtual std::vector<std::string> launcher_words() const;

  /// What the launcher gets as `RR_LAUNCH_TETHER`, -1 for none. With one, the
  /// child has a namespace of its own, and waits for `admit`.
  virtual int tether() const noexcept;

  /// Takes the namespace's process 1, a child of this process, into its care,
  /// and lets the child go on.
  virtual caf::error admit(pid_t first);

  /// Bounds the memory of all of it together. Before the child enters.
  /// @returns false where there is nothing that could; an `ec::system_error`
  /// when it fails.
  virtual caf::expected<bool> bound_memory(uint64_t bytes);

  /// Whether something in it was killed because it reached that bound.
  virtual bool reached_memory() const noexcept;

  /// SIGKILL to all of it that can be reached at once.
  virtual void kill() noexcept = 0;

  /// Whether nothing is left. To be asked when the child itself has been
  /// reaped: kills what it finds.
  virtual bool empty() noexcept = 0;

  /// After `empty()` was false: the descriptor on which epoll tells that it is
  /// time to ask again, -1 if there is none. It may tell late.
  virtual int changed() const noexcept = 0;

  /// The events of epoll that tell so.
  virtual uint32_t events() const noexcept = 0;
};

enum class containment_kind : uint8_t {
  /// Control groups where they can be had, else namespaces, else cookies.
  automatic,
  /// Control groups (version 2): nothing escapes, but what a privileged program
  /// moves to another group (a log-in, a container). That goes by its cookie,
  /// at
  /// the end of this process, however that comes.
  control_group,
  /// A process-id namespace for each child, inside of a user namespace where
  /// this process has no privilege: nothing escapes.
  process_namespace,
  /// A cookie in the environment, and this process as the reaper of orphans:
  /// needs nothing of the kernel. A daemon with another environment outlives
  /// its child, until the end of this process; and this process, too, if that
  /// is killed.
  cookie,
};

/// For people, with what is not kept: `control group`, `process namespace`,
/// `environment cookie (...)`.
/// @relates containment_kind
const char* to_string(containment_kind kind) noexcept;

/// How everything that children start is found and ended.
class containment {
public:
  /// Ends what is left, for a bounded time.
  virtual ~containment();

  /// Begins what an enclosure needs that may take time: not on this thread.
  /// @param id of the start, never used before.
  /// @param ready called on another thread when it is time for `enclose`.
  /// @returns true when it is time at once: then `ready` is not called.
  virtual bool prepare(uint64_t id, std::function<void()> ready);

  /// Takes back what has been prepared for a start that will never be.
  virtual void forget(uint64_t id);

  /// A fresh enclosure for one start that has been prepared. It does not
  /// outlive the containment.
  /// @param cookie the entry of the child's environment that is its alone.
  virtual caf::expected<std::unique_ptr<enclosure>>
  enclose(uint64_t id, const std::string& cookie) = 0;

  /// SIGKILL to all of every enclosure that can be reached at once.
  virtual void kill_all() noexcept = 0;

  /// The launcher's arguments for a keeper that ends it all should this
  /// process die; none where it ends without one.
  virtual std::vector<std::string> keeper_arguments() const = 0;

  virtual containment_kind kind() const noexcept = 0;

  /// Whether its enclosures bound memory.
  virtual bool bounds_memory() const noexcept;

  /// Its threads, whose silence ends no heartbeat: without them children are
  /// neither started nor cleaned up after, but they are stopped.
  virtual std::vector<heartbeat_witness> witnesses() const;
};

/// Tells this process and moment from every other: `PIDNS-PID-STARTTIME-N`.
std::string make_identity();

/// The inode of this process's process-id namespace.
uint64_t process_namespace();

/// The names in a directory, without `.` and `..`; none when it cannot be read.
std::vector<std::string> list_directory(const std::string& path) noexcept;

struct containment_settings {
  containment_kind kind = containment_kind::automatic;
  /// See `make_identity`.
  std::string identity = {};
  /// What the cookies of all enclosures begin with.
  std::string cookie_prefix = {};
  /// See `find_launcher`.
  std::string launcher = {};
  /// Whether the memory of enclosures is to be bounded where that can be had.
  bool memory = false;
};

/// @param orphans outlives the containment.
caf::expected<std::unique_ptr<containment>>
make_containment(const containment_settings& settings,
                 adopted_children& orphans);

/// What `automatic` would be in this process. Makes a control group or a
/// namespace for a moment, and starts nothing that stays.
/// @param launcher empty to find it.
containment_kind probe_containment(const std::string& launcher = {});

} // namespace rr
