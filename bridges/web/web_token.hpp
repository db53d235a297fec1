// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/expected.hpp>

namespace rr {

/// The token that the page asks for, from a file of one line.
/// @returns an error unless the file is a regular one that its owner alone can
///          read, who is this user or root, and the token has at least 22
///          characters of A-Z, a-z, 0-9, `-` and `_`: 128 bits where they are
///          random.
caf::expected<std::string> read_web_token(const std::string& path);

/// The same, of a file that is made where it is missing, with 256 random bits
/// and mode 0600. Its folder must be there.
caf::expected<std::string> make_web_token(const std::string& path);

} // namespace rr
