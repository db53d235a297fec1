// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/room_wait.hpp"

namespace rr {

/// Whether systemd has connected a descriptor to its journal.
/// @param stream what the variable `JOURNAL_STREAM` says, `device:inode`; null
///               where there is none.
bool is_journal_stream(const char* stream, int fd) noexcept;

/// A connection to systemd's journal, by the native protocol: each entry is a
/// datagram, or a sealed file in memory where it is too large for one.
///
/// One thread sends; `finish` is for any thread.
class journal_socket {
public:
  static constexpr auto default_path = "/run/systemd/journal/socket";

  /// Once finishing, how long the journal may take in all to make room.
  static constexpr auto linger = std::chrono::milliseconds{500};

  /// @returns `ec::system_error` where nobody listens there.
  static caf::expected<std::unique_ptr<journal_socket>>
  connect(const std::string& path = default_path);

  journal_socket(const journal_socket&) = delete;
  journal_socket& operator=(const journal_socket&) = delete;

  /// Sends an entry, however long the journal takes to make room; a journal
  /// that has been started again is connected to anew.
  /// @returns false when it is lost: nobody listens, or there is no room while
  ///          finishing.
  bool send(std::string_view entry) noexcept;

  /// Sends an entry if there is room for it, and never waits.
  bool try_send(std::string_view entry) noexcept;

  /// From now on the journal is waited for no longer than `linger`; then every
  /// entry fails at once.
  void finish() noexcept;

  /// Why the last entry that was lost was, an `errno`; zero for want of room.
  /// For any thread.
  int last_error() const noexcept {
    return last_error_;
  }

private:
  explicit journal_socket(wake_event wake) : room_(std::move(wake)) {
  }

  int open() noexcept;
  bool deliver(std::string_view entry, bool may_wait) noexcept;
  int send_once(std::string_view entry) const noexcept;
  int send_file(std::string_view entry) const noexcept;

  sockaddr_un address_{};
  file_descriptor socket_;
  room_wait room_;
  std::atomic<int> last_error_{0};
};

} // namespace rr
