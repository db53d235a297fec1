// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <caf/expected.hpp>

namespace rr {

/// What `read_input_file` waits for a pipe, unless told otherwise.
inline constexpr std::chrono::milliseconds input_patience
  = std::chrono::seconds{5};

/// Reads the whole of a file that is read once, at a start: a regular one, a
/// pipe such as `/dev/fd/63` or `/dev/stdin`, a terminal or `/dev/null`. Never
/// waits for somebody to open a FIFO, opens no other device, and reads no more
/// than there is.
/// @param max_bytes a larger one is an error.
/// @param patience how long a pipe may take until its end.
/// @returns `ec::system_error`, such as `cannot read /x: is a directory`.
caf::expected<std::string>
read_input_file(const std::string& path, size_t max_bytes,
                std::chrono::milliseconds patience = input_patience);

} // namespace rr
