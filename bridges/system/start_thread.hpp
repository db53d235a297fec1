// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
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

/// Whether the system gives this process so many more threads: for whoever has
/// a library start them that crashes or hangs where one is refused. Starts
/// them, all at once, and returns when they are gone.
/// @param what begins the error's text, as above.
caf::error try_threads(size_t count, const std::string& what);

/// Has the calling thread go before ordinary ones when it wakes, where the
/// system permits it: for one that sleeps most of the time, and whose work
/// cannot wait for a time slice. What it starts inherits this: it starts no
/// process.
void make_thread_urgent() noexcept;

/// Has the calling thread go before all ordinary ones when it wakes
/// (SCHED_FIFO), or else before most, as by `make_thread_urgent`: for one that
/// sleeps nearly all of the time, and that others count on. What it starts does
/// not inherit the former.
/// @returns whether the system permits it.
bool make_thread_first() noexcept;

} // namespace rr
