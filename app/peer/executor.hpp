// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

namespace rr {

class job_runner;

/// On which thread a handler runs. An executor is given a job from any thread,
/// returns at once, and has the job run once, later, or answers false when it
/// has no room, which the handler's resource counts. Jobs of one thread run in
/// their order, and never two at once.
///
/// An empty one stands for the thread on which the resource receives: a handler
/// there must not block, and is the fastest. `peer::worker()` makes one for
/// handlers that block. A program with an event loop of its own posts the job
/// to that.
using executor = std::function<bool(std::function<void()> job)>;

/// An executor on one of a pool's threads at a time. Jobs wait, up to 1024.
/// What waits at the end of the pool is not run.
executor make_serial_executor(std::shared_ptr<job_runner> pool);

} // namespace rr
