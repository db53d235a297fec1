// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "app/config/options.hpp"

namespace rr {

/// What `[record] directory` means: where black boxes are written.
std::string records_directory(const options& opts);

/// The memory of the black box, in the runtime directory.
std::string black_box_memory(const options& opts);

} // namespace rr
