// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

namespace rr {

/// What a program does that can go on no longer: the system has no memory for
/// it, or something in it, a library perhaps, calls `abort`.
///
/// While there is one, no `new` of the program fails because memory is short
/// for a moment: it is asked for again for some 30 ms. Then the action is
/// taken, on the thread that asked; whoever else asks waits for the end. What
/// asks for so much that a little could still be had gets `std::bad_alloc`.
///
/// One at a time: a second one does nothing, nor does one in a program that has
/// a handler of its own for the case.
class last_resort {
public:
  enum class cause { no_memory, abort };

  /// Is called once, on any thread, which may hold any lock. Must not allocate
  /// or wait for another thread without end. With `no_memory` it must not
  /// return; with `abort` it may, and the program aborts then.
  using action = std::function<void(cause)>;

  explicit last_resort(action what);

  last_resort(const last_resort&) = delete;
  last_resort& operator=(const last_resort&) = delete;

  ~last_resort();

private:
  bool is_active_ = false;
};

} // namespace rr
