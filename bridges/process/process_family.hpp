// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace rr {

enum class kinship : uint8_t {
  /// It is the child, or something that the child has started.
  own,
  /// It is another process.
  foreign,
  /// There is no such process any more.
  gone,
};

/// Whether a process belongs to a child that has not been reaped, as far as
/// `/proc` tells: it is the child, in its process group, descends from it, is
/// in its control group or process-id namespace where that is not this
/// process's own, or has its cookie (`process_cookie`) in its environment. That
/// keeps out mistakes, strangers and other users; a hostile process of the same
/// user, which may kill the child as well, can make itself look like one of it.
kinship kinship_of(pid_t process, pid_t child);

/// The process that a child, or what it has started, knows by a number: another
/// one here where the child has a process-id namespace of its own.
/// @returns 0 where there is none.
pid_t seen_from_here(pid_t number, pid_t child);

/// Whether messages of that user may be those of a child: the child's user,
/// this process's, or root.
bool may_speak_for(uid_t user, pid_t child);

} // namespace rr
