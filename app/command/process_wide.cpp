// SPDX-License-Identifier: BSD-3-Clause

// What changes a whole process, for which a library has no licence: linked into
// the program `robot-runtime` alone.

#include "app/command/process_wide.hpp"

#include <sys/random.h>
#include <sys/socket.h>

#include <cstdlib>

#include "bridges/system/descriptor_guard.hpp"

namespace rr {

void seed_identities() noexcept {
  unsigned int seed = 0;
  if (::getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
    std::srand(seed);
}

} // namespace rr

/// In the place of the C library's function of that name, which libzmq calls
/// for every connection: it has no hook of its own that comes so early.
extern "C" __attribute__((visibility("default"))) int
accept4(int listener, sockaddr* __restrict address, socklen_t* __restrict size,
        int flags) {
  return rr::descriptor_guard::accept(listener, address, size, flags);
}
