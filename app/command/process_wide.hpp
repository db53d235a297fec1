// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace rr {

/// Seeds `rand()`, from which libzmq 4.3.4 counts up the identities of peers
/// that bring none; it aborts the process when another peer has claimed the
/// next one, and unseeded, anybody knows what the next one is. For the program
/// `robot-runtime` alone: a library leaves `rand()` to the program.
void seed_identities() noexcept;

} // namespace rr
