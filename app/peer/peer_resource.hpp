// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>

namespace rr {

/// Something that a peer has picked, for whoever wants it to end before the
/// program does; otherwise it ends with the program, in its turn. A small
/// value: copy it freely, use it from any thread, also when it has ended.
class peer_resource {
public:
  /// One whose actor is not made yet.
  peer_resource();

  /// One that ends by a function, which is called at most once.
  explicit peer_resource(std::function<void()> ender);

  /// Ends it, and returns at once: what it calls may be called once more. The
  /// program goes on.
  void end() const;

  /// Whether `end` has been called.
  bool ended() const;

  /// For whoever makes the actor, which is ended at once when it is not to be
  /// any more.
  void set_actor(const caf::actor& made) const;

  /// Ends it with an error, and with it the program.
  void fail(caf::error why) const;

protected:
  /// @returns null when it has not begun, or has ended.
  caf::actor actor() const;

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

/// One that counts what it does.
/// @tparam Status what it tells: see the function that made it.
template <class Status>
class counting_resource : public peer_resource {
public:
  /// Its counters now. Waits for the answer, which takes no I/O: not to be
  /// called by what must not block, such as handlers without an executor.
  /// @returns `ec::client_ended` when it has ended, or the program has.
  caf::expected<Status> status() const;
};

} // namespace rr
