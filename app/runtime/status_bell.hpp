// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <mutex>

#include <caf/actor.hpp>
#include <caf/send.hpp>

#include "messages/process/process.hpp"

namespace rr {

/// By it whoever knows of a change tells the actor that keeps the status, or
/// what holds the robot, as long as there is one: from any thread, without
/// waiting.
class status_bell {
public:
  void hang(caf::actor hearer) {
    std::lock_guard guard{mutex_};
    hearer_ = std::move(hearer);
  }

  void take_down() {
    hang({});
  }

  /// Something of the robot has changed.
  void ring() const {
    send(atom::tick_v);
  }

  /// Somebody listens from now on.
  void ring_for_listener() const {
    send(atom::open_v);
  }

  void moved(const process_moved& step) const {
    send(step);
  }

private:
  template <class T>
  void send(const T& what) const {
    std::lock_guard guard{mutex_};
    if (hearer_)
      caf::anon_send(hearer_, what);
  }

  mutable std::mutex mutex_;
  caf::actor hearer_;
};

} // namespace rr
