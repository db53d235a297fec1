// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <thread>

#include <caf/error.hpp>

namespace rr {

/// Starts a thread that handles no signal: all of them stay with the one that
/// waits for them.
/// @param thread to be joined by its owner.
/// @param name as `top -H` shows it, at most 15 characters.
/// @param what begins the error's text: `cannot start the router`.
/// @returns an `ec::system_error` when there is no thread left.
caf::error start_thread(std::thread& thread, const char* name,
                        const std::string& what, std::function<void()> body);

/// Has the calling thread go before ordinary ones when it wakes, where the
/// system permits it: for one that sleeps most of the time, and whose work
/// cannot wait for a time slice. What it starts inherits this: it starts no
/// process.
void make_thread_urgent() noexcept;

} // namespace rr
