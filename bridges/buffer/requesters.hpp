// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <caf/expected.hpp>

#include "bridges/buffer/memory_segment.hpp"

namespace rr {

namespace layout {

/// The bytes of the object `<prefix>-requesters`; see docs/buffers.md. In the
/// machine's own order, as in buffers.
struct requesters {
  /// The bytes `rrowners`.
  static inline constexpr uint64_t wanted_magic = 0x7372656e776f7272;
  static inline constexpr uint32_t wanted_version = 1;
  /// How many processes may request values at a time.
  static inline constexpr size_t most = 508;

  uint64_t magic;
  uint32_t version;
  uint32_t size;
  /// A random number tells one table from another.
  uint64_t identity;
  uint64_t reserved;
  /// The lower half is a robust futex (set_robust_list(2)): 0, or the id of a
  /// thread of the process, to which the kernel adds `FUTEX_OWNER_DIED` when
  /// the process ends. The upper half changes whenever a process takes the
  /// place; it is random at first.
  uint64_t owners[most];
};

static_assert(sizeof(requesters) == 4096);

} // namespace layout

/// The processes that request values of the devices of one prefix: who is there
/// still. The kernel itself says so in this memory when one ends, however it
/// ends, before anybody can collect it: a reader looks at one word, calls
/// nobody, and is not misled by a process id that is used again or that is of
/// another namespace.
///
/// A process has a thread for it, from its first request on, which owns a futex
/// in the table as long as it lives. It does nothing; it is there because the
/// futex of any other thread would be let go with that thread. `exec` ends it
/// as the end of the process does, and a fork is another process.
class requesters {
public:
  using pointer = std::shared_ptr<requesters>;

  /// An owner of requests that no process's end ends.
  static inline constexpr uint64_t nobody = 1;

  /// Opens the table, or makes it where there is none.
  /// @returns errors as `memory_segment::create`.
  static caf::expected<pointer> create(const std::string& prefix);

  /// Opens a table that is there.
  /// @returns errors as `memory_segment::open`, and `ec::incompatible_buffer`.
  static caf::expected<pointer> open(const std::string& prefix);

  /// Opens the table of private buffers, which this process has, and its forks
  /// from now on.
  static caf::expected<pointer> open_private();

  requesters(const requesters&) = delete;
  requesters& operator=(const requesters&) = delete;

  ~requesters();

  /// Whether the process of a request has not ended.
  /// @param owner any number.
  bool alive(uint64_t owner) const noexcept;

  /// This process, if it has its place already; else 0.
  uint64_t known_self() const noexcept {
    return local_->self.load(std::memory_order_acquire);
  }

  /// This process; gives it a place.
  /// @returns `ec::overloaded` when all are taken, `ec::system_error` when the
  ///          system refuses a thread.
  caf::expected<uint64_t> self();

private:
  class membership;

  /// A fork must not believe this to be its own, and finds zeros.
  struct local_state {
    std::mutex mutex;
    std::atomic<uint64_t> self;
    membership* held;
  };

  requesters(memory_segment segment, local_state* local) noexcept;

  static caf::expected<pointer> make(memory_segment segment);
  static caf::expected<pointer> share(const std::string& prefix,
                                      memory_segment segment);

  layout::requesters& table() const noexcept;

  memory_segment segment_;
  local_state* local_;
};

/// The name of the object.
/// @relates requesters
std::string requesters_name(const std::string& prefix);

} // namespace rr
