// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/record/record_keeper.hpp"

namespace rr {

record_keeper::~record_keeper() = default;

} // namespace rr
