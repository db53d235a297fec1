// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include <caf/error.hpp>

namespace rr {

// What a process inherits from whoever starts it, and what of that must not
// change what the program promises. Each function is called on the main thread
// while there is no other, and before anything is opened.
//
// Left as they are, because they are decisions of whoever starts the program
// and change nothing but how fast it is: nice value, scheduling policy,
// affinity, personality, capabilities, the size of core files, and hard limits
// that this process may not raise.

/// Gives descriptors 0, 1 and 2 a place, where one was closed: what the program
/// opens next must not be taken for its standard output. Reading from it, and
/// writing to it, fails with `EBADF` as before. Children do not inherit it.
void fill_standard_descriptors() noexcept;

/// For every command of the program: fills the standard descriptors, empties
/// the signal mask, sets each signal that was ignored to its default action but
/// for SIGHUP and SIGQUIT (`nohup`, a job in the background), and cancels
/// interval timers. An ignored SIGCHLD would lose the exit codes of children,
/// and an `alarm` would end the program.
void settle_program() noexcept;

/// For the runtime, after `settle_program`:
/// - what it writes to a standard descriptor that was closed is discarded;
/// - what it makes is its user's to use and no other's to write, whatever the
///   umask: that has 022 in it, and none of the owner's bits;
/// - files may be as large, and as many, as the hard limit lets them be, and
///   where the system permits it as large as they want, and as many as a robot
///   needs; so may memory, threads and the time of the processor be; the stack
///   has room for what the program does;
/// - the kernel has room for 4,096 descriptors, as far as the hard limit goes:
///   no thread waits for it later;
/// - the death of the parent is a request for an orderly stop, where it was to
///   be a signal;
/// - the kernel wakes up no later than it does by default.
///
/// Children get umask, limits and processors back as they were: see
/// `inherited_state`.
void settle_runtime() noexcept;

/// For another program on the Application: fills the standard descriptors, and
/// takes the owner's bits out of the umask. What else it has inherited may be
/// what its author has set up before.
void settle_peer() noexcept;

/// Has this thread, and all that it starts, run on some of its processors
/// alone; children get those of before.
/// @returns an `ec::system_error`.
caf::error settle_on(const std::vector<int32_t>& processors);

/// Raises a soft limit to what is wanted, or to the hard limit, which grows
/// with it where the system permits that; children get those of before.
/// @param resource as `setrlimit` takes it.
void raise_limit(int resource, uint64_t wanted) noexcept;

/// A limit of a resource.
struct resource_limit {
  /// As `setrlimit` takes it.
  int resource = 0;
  uint64_t soft = 0;
  uint64_t hard = 0;
};

/// What was there before this process was settled, and is for its children.
struct inherited_state {
  /// None unless it was changed.
  std::optional<mode_t> umask;
  /// Those that were changed.
  std::vector<resource_limit> limits;
  /// None unless they were changed.
  std::vector<int32_t> processors;
};

/// Does not change once the first thread or child has been started.
const inherited_state& inherited() noexcept;

} // namespace rr
