// SPDX-License-Identifier: BSD-3-Clause
#include "actors/support/actor_turn.hpp"

namespace rr {

namespace {

thread_local int turns = 0;

} // namespace

actor_turn::actor_turn() noexcept {
  ++turns;
}

actor_turn::~actor_turn() {
  --turns;
}

bool actor_turn::under_way() noexcept {
  return turns > 0;
}

} // namespace rr
