// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace rr {

/// While there is one, the calling thread runs an actor, and must not wait for
/// another: what it waits for may need this very thread. For whoever calls
/// functions of others from an actor.
class actor_turn {
public:
  actor_turn() noexcept;
  ~actor_turn();

  actor_turn(const actor_turn&) = delete;
  actor_turn& operator=(const actor_turn&) = delete;

  /// Whether there is one on the calling thread.
  static bool under_way() noexcept;
};

} // namespace rr
