// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <caf/expected.hpp>

#include "messages/error.hpp"

namespace rr {

/// The value; without one a benchmark says why, and ends with exit code 1.
template <class T>
T must(caf::expected<T> what) {
  if (what)
    return std::move(*what);
  std::fprintf(stderr, "%s\n", describe(what.error()).c_str());
  std::exit(1);
}

} // namespace rr
