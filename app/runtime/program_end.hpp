// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

namespace rr {

/// Lets this process end with the exit code once the time has passed, wherever
/// it hangs by then: in a join, a destructor, a write that nobody reads. By a
/// timer and SIGALRM, which the calling thread takes from now on; nothing is
/// allocated and no thread is made. A later call replaces an earlier one.
void end_within(std::chrono::milliseconds time, int exit_code) noexcept;

/// Takes back `end_within`.
void end_in_its_own_time() noexcept;

/// Ends this process without destructors, for whose sake threads would be
/// waited for that hang. What the program has written to stdio and iostreams is
/// still written, as far as it is read at once.
[[noreturn]] void end_with_what_is_written(int exit_code) noexcept;

} // namespace rr
