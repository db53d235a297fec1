// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bridges/buffer/shared_words.hpp"

namespace rr {

/// What ended a wait.
enum class wait_end : uint8_t {
  /// What was waited for is so.
  changed,
  timed_out,
  /// A signal handler has run in the thread.
  interrupted,
};

/// Wakes those who wait for a change of shared memory, from any process. It is
/// a view of two numbers in that memory, a `layout::wake_record`, which another
/// owns.
///
/// Whoever waits says so in `awaited` before he looks for the last time, and
/// sleeps on `wakes`, a futex (futex(2)). Whoever changes something looks at
/// `awaited` after it, and only if somebody is there raises `wakes`, wakes all,
/// and takes back what he has seen in `awaited`. It bears the number of wakes
/// that was slept on: one who has come meanwhile has written another one, which
/// stays. So the order in which processes are killed costs nothing but a wake
/// for nobody, or one that the next change makes up for.
class request_signal {
public:
  explicit request_signal(std::byte* at) noexcept : at_(at) {
  }

  /// Wakes everybody who waits, if anybody does. To be called after the change
  /// has been stored and a lock has been let go since, or an atomic number
  /// changed: on this machine that keeps loads behind stores.
  void notify() const noexcept {
#ifdef __x86_64__
    std::atomic_signal_fence(std::memory_order_seq_cst);
#else
    fence_all();
#endif
    if (awaited().load(std::memory_order_relaxed) != 0) [[unlikely]]
      wake();
  }

  /// Waits until `changed()`, which is asked at first and after every wake.
  /// @param until by the steady clock; none for ever.
  template <class F>
  wait_end
  wait(F changed,
       std::optional<std::chrono::steady_clock::time_point> until) const {
    for (;;) {
      auto seen = wakes().load(std::memory_order_acquire);
      raise(awaited(), seen + 1);
      fence_all();
      if (changed())
        return wait_end::changed;
      auto end = sleep(seen, until);
      if (end == wait_end::changed)
        continue;
      return changed() ? wait_end::changed : end;
    }
  }

private:
  std::atomic_ref<uint64_t> wakes() const noexcept {
    return shared<uint64_t>(at_);
  }

  std::atomic_ref<uint64_t> awaited() const noexcept {
    return shared<uint64_t>(at_ + sizeof(uint64_t));
  }

  void wake() const noexcept;

  /// @returns `changed` when it may have.
  wait_end sleep(
    uint64_t seen,
    std::optional<std::chrono::steady_clock::time_point> until) const noexcept;

  std::byte* at_;
};

} // namespace rr
