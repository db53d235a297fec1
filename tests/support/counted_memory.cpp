// SPDX-License-Identifier: BSD-3-Clause
#include "tests/support/counted_memory.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local size_t count = 0;

} // namespace

size_t rr::test::allocations() noexcept {
  return count;
}

// In the place of the library's. Of the other forms some call these and some do
// not with AddressSanitizer, where those that end by `delete` have to be here.

void* operator new(size_t size) {
  ++count;
  if (auto* result = std::malloc(size == 0 ? 1 : size))
    return result;
  throw std::bad_alloc{};
}

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
