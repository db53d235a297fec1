// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rr {

/// A number in shared memory.
template <class T>
std::atomic_ref<T> shared(std::byte* at) noexcept {
  static_assert(std::atomic_ref<T>::is_always_lock_free);
  return std::atomic_ref<T>{*reinterpret_cast<T*>(at)};
}

/// Sets or clears bits of a number in shared memory.
template <class T>
void set_bits(std::byte* at, T bits, bool on) noexcept {
  if (on)
    shared<T>(at).fetch_or(bits, std::memory_order_acq_rel);
  else
    shared<T>(at).fetch_and(static_cast<T>(~bits), std::memory_order_acq_rel);
}

/// Raises a number, unless another has raised it as far or further.
inline void raise(std::atomic_ref<uint64_t> x, uint64_t to) noexcept {
  auto last = x.load(std::memory_order_relaxed);
  while (last < to
         && !x.compare_exchange_weak(last, to, std::memory_order_release)) {
  }
}

/// Copies to or from memory that others may be writing to or reading, as fast
/// as this machine can. Each byte is copied once, between the accesses before
/// and after in this thread, but in pieces of any size. ThreadSanitizer is
/// shown atomic words.
/// @tparam Step a multiple of 8: how many bytes are copied at a time.
/// @param size a multiple of `Step`.
template <size_t Step>
void copy_shared(std::byte* to, std::byte* from, size_t size) noexcept {
  for (auto* end = from + size; from != end; from += Step, to += Step) {
#ifdef __SANITIZE_THREAD__
    for (size_t i = 0; i < Step; i += 8)
      shared<uint64_t>(to + i).store(
        shared<uint64_t>(from + i).load(std::memory_order_relaxed),
        std::memory_order_relaxed);
#else
    std::memcpy(to, from, Step);
    // Copies are not to be made one call of a library, nor left out.
    asm volatile("" : : : "memory");
#endif
  }
}

/// Copies out of memory that others may be writing to: what arrives may be torn
/// then, and whoever calls this must find out.
/// @param from aligned to 8 bytes, or to `size` if that is 1, 2 or 4; readable
///             up to the next multiple of 8 in the first case.
inline void load_shared(void* to, std::byte* from, size_t size) noexcept {
  auto copy = [&]<class T>(T) {
    auto value = shared<T>(from).load(std::memory_order_relaxed);
    std::memcpy(to, &value, sizeof value);
  };
  switch (size) {
    case 1:
      return copy(uint8_t{});
    case 2:
      return copy(uint16_t{});
    case 4:
      return copy(uint32_t{});
    default:
      break;
  }
  auto* out = static_cast<std::byte*>(to);
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    auto word = shared<uint64_t>(from + i).load(std::memory_order_relaxed);
    std::memcpy(out + i, &word, 8);
  }
  if (i < size) {
    auto word = shared<uint64_t>(from + i).load(std::memory_order_relaxed);
    std::memcpy(out + i, &word, size - i);
  }
}

/// What `store_shared` does for all but single numbers.
[[gnu::noinline]] inline void store_words(std::byte* to, const std::byte* from,
                                          size_t size) noexcept {
  for (size_t i = 0; i < size; i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, from + i, size - i < 8 ? size - i : 8);
    shared<uint64_t>(to + i).store(word, std::memory_order_relaxed);
  }
}

/// Copies into memory that others may be reading. Up to the next multiple of 8
/// bytes, zeros follow, unless `size` is 1, 2 or 4.
/// @param to aligned as for `load_shared`.
inline void store_shared(std::byte* to, const void* from,
                         size_t size) noexcept {
  auto copy = [&]<class T>(T value) {
    std::memcpy(&value, from, sizeof value);
    shared<T>(to).store(value, std::memory_order_relaxed);
  };
  switch (size) {
    case 1:
      return copy(uint8_t{});
    case 2:
      return copy(uint16_t{});
    case 4:
      return copy(uint32_t{});
    case 8:
      return copy(uint64_t{});
    default:
      break;
  }
  store_words(to, static_cast<const std::byte*>(from), size);
}

// ThreadSanitizer knows no fences. Nothing is lost: what they order is atomic.
#pragma GCC diagnostic push
#ifdef __SANITIZE_THREAD__
#  pragma GCC diagnostic ignored "-Wtsan"
#endif

/// What was loaded before is older than what is loaded after.
inline void fence_loads() noexcept {
  std::atomic_thread_fence(std::memory_order_acquire);
}

/// What was stored before is seen before what is stored after.
inline void fence_stores() noexcept {
  std::atomic_thread_fence(std::memory_order_release);
}

/// What was stored before is seen before what is loaded after.
inline void fence_all() noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

#pragma GCC diagnostic pop

} // namespace rr
