// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace rr {

/// Why something cannot be done to a file, as a part of a sentence: the text of
/// `errno_value`, and where permission is missing whose the file is, as in
/// `permission denied, it belongs to user 0`.
std::string denial_text(const std::string& path, int errno_value);

} // namespace rr
