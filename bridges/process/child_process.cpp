// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_process.hpp"

namespace rr {

child_process::~child_process() = default;

child_starter::~child_starter() = default;

} // namespace rr
