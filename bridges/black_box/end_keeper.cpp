// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/end_keeper.hpp"

namespace rr {

end_keeper::~end_keeper() = default;

} // namespace rr
