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

/// Sets the real-time priority of those who go first or are urgent, in this
/// process: 1 to 99, or 0 for none but what `make_thread_first` says. Before
/// any of them is started; the system permits it.
void set_real_time_priority(int priority) noexcept;

/// Has the calling thread go before ordinary ones when it wakes: with the
/// real-time priority where one is set (SCHED_FIFO), or else with a lower nice
/// value where the system permits it. For one that sleeps most of the time, and
/// whose work cannot wait for a time slice. It starts no process, for that
/// would inherit this.
void make_thread_urgent() noexcept;

/// Takes a real-time priority back, until the calling thread is made urgent
/// again: one that does not get to sleep would keep everybody else from the
/// processor.
void make_thread_ordinary() noexcept;

/// Has the calling thread go before all ordinary ones when it wakes
/// (SCHED_FIFO, with the least priority unless another is set), or else before
/// most, as by `make_thread_urgent`: for one that sleeps nearly all of the
/// time, and that others count on. What it starts does not inherit the former.
/// @returns whether the system permits it.
bool make_thread_first() noexcept;

} // namespace rr
