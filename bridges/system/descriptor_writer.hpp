// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/room_wait.hpp"

namespace rr {

/// Writes to a descriptor that other processes share: a pipe, terminal, socket,
/// file or device, or one that is closed, to which nothing can be written.
///
/// Whoever shares the descriptor never notices: O_NONBLOCK belongs to the file
/// description, so it is set only on one of our own, opened again through
/// `/proc/self/fd`. Where that is refused, writes wait for room in `poll` and
/// are short enough to fit then; only another process that fills the same pipe
/// in between can hold such a write up.
///
/// One thread writes, with every signal blocked; `finish` is for any thread.
class descriptor_writer {
public:
  /// Once finishing, how long a reader may take to make room, and how long it
  /// all may take.
  static constexpr auto linger_step = std::chrono::milliseconds{100};
  static constexpr auto linger = std::chrono::milliseconds{500};

  /// Keeps its own duplicate of the descriptor.
  /// @returns `ec::system_error` when there are no descriptors left.
  static caf::expected<std::unique_ptr<descriptor_writer>> make(int fd);

  explicit descriptor_writer(wake_event wake);
  descriptor_writer(const descriptor_writer&) = delete;
  descriptor_writer& operator=(const descriptor_writer&) = delete;

  /// Writes all of a line that ends in a line feed, however long the reader
  /// takes. What was cut short is taken back where that is possible, in a
  /// regular file; otherwise the next line begins on a new one.
  /// @returns false when the reader is gone, or does not read while finishing,
  ///          or the disk is full.
  bool write(std::string_view line) noexcept;

  /// Writes a line if there is room for it, and never waits.
  bool try_write(std::string_view line) noexcept;

  /// From now on a reader that does not read is waited for no longer than the
  /// linger times say; then every write fails at once.
  void finish() noexcept;

  /// Why the last line that failed did, an `errno`. For any thread.
  int last_error() const noexcept {
    return last_error_;
  }

private:
  /// What is written to, and thereby how.
  enum class target {
    /// Nothing: the descriptor is closed, or only for reading.
    none,
    /// A file description of our own, non-blocking.
    own,
    /// The shared description of a socket.
    socket,
    /// The shared description, and offset, of a file or a device.
    file,
    /// The shared description of a pipe or terminal that could not be opened
    /// again.
    shared,
  };

  bool write_line(std::string_view line, bool may_wait) noexcept;

  /// @returns how many bytes were written before the first error.
  size_t write_bytes(std::string_view bytes, bool may_wait) noexcept;

  ssize_t write_some(std::string_view bytes) noexcept;
  bool wait_for_room() noexcept;

  file_descriptor fd_;
  room_wait room_;
  target target_ = target::none;
  std::atomic<int> last_error_{0};
  /// The last line was left unfinished.
  bool torn_ = false;
  /// The linger is over.
  bool given_up_ = false;
};

} // namespace rr
