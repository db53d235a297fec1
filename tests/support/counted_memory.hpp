// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace rr::test {

/// How often the calling thread has taken memory by `operator new`.
size_t allocations() noexcept;

} // namespace rr::test
