// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/duration.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/interfaces.hpp"

namespace rr {

/// Asks an actor that has just been made for its status, and waits for it.
/// @returns the error with which it quits when it cannot work.
template <class Status, class Handle>
caf::expected<Status>
first_status(caf::scoped_actor& self, const Handle& made) {
  self->monitor(made);
  caf::expected<Status> result{caf::error{}};
  self->request(made, caf::infinite, atom::status_v)
    .receive(
      [&](Status& status) {
        self->demonitor(made.address());
        result = std::move(status);
      },
      [&](const caf::error&) {
        auto told = false;
        // Another that was made before may have ended, too.
        while (!told)
          self->receive([&](caf::down_msg& msg) {
            told = msg.source == made.address();
            if (told)
              result = std::move(msg.reason);
          });
      });
  return result;
}

} // namespace rr
