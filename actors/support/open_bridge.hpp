// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include <caf/send.hpp>

namespace rr {

/// Makes the bridge that an actor owns; the actor quits with the error of
/// `make` where there can be none.
/// @param make is given a listener that sends the actor the `Failure` by which
///             the bridge says that it cannot go on.
template <class Failure, class Self, class Bridge, class Make>
void open_bridge(Self* self, Bridge& bridge, const Make& make) {
  auto listener = [hdl = typename Self::actor_hdl{self}](
                    const Failure& failure) { caf::anon_send(hdl, failure); };
  if (auto made = make(std::move(listener)))
    bridge = std::move(*made);
  else
    self->quit(made.error());
}

} // namespace rr
