// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/process/notify_message.hpp"
#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// The socket of one start of a child, by which that says of itself what
/// sd_notify(3) describes. Every byte that comes is hostile until it is
/// checked.
///
/// Whose word counts: a datagram's sender is known from the kernel
/// (`SCM_CREDENTIALS`), and must be the child or something that it has started
/// (`kinship_of`) as the child's user, this process's, or root
/// (`may_speak_for`). One that has ended by then can be looked at no more, as a
/// `systemd-notify` of a shell; then its user decides alone, and that the
/// socket lies in a directory of the runtime's user alone. `MAINPID=` is
/// refused unless it is such a process, and changes nothing: the child that is
/// watched is the one that was started. Descriptors that come with it are
/// closed by the kernel, which is what `sd_notify_barrier` waits for, and none
/// is kept (`FDSTORE=1`).
///
/// Thread safe, but for the order of calls: `open_for` once before `receive`.
class notify_socket {
public:
  /// @param directory where its file is made, of mode 0700; the file goes with
  ///        the socket. Empty for an abstract name, which is also that of one
  ///        whose path would be longer than an address may be: then any user
  ///        may send to it, and their credentials alone keep them out.
  /// @returns an `ec::system_error` that names it.
  static caf::expected<std::shared_ptr<notify_socket>>
  make(const std::string& directory);

  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;

  ~notify_socket();

  /// The value of `NOTIFY_SOCKET`.
  const std::string& address() const noexcept {
    return address_;
  }

  int descriptor() const noexcept {
    return socket_.get();
  }

  /// Has it take what the child of that id says.
  /// @param told see `child_listener::notified`. Called by `receive`.
  void open_for(pid_t child, std::function<void()> told);

  /// Reads what waits, a bounded number of datagrams, without waiting for more.
  /// Nothing before `open_for` and after `close`.
  void receive();

  /// Reads a last time, and says nothing any more.
  void close();

  /// What has been said since.
  child_news take();

  /// Removes from a directory the files that dead processes have left there.
  static void remove_stale(const std::string& directory) noexcept;

private:
  /// What the kernel tells of a datagram.
  struct arrival {
    std::string_view text;
    pid_t sender = 0;
    uid_t user = 0;
    bool is_whole = true;
  };

  /// Kinds of refusal, each told once.
  enum refusal : unsigned { unknown_sender, malformed, main_pid, descriptors };

  explicit notify_socket(file_descriptor socket) : socket_(std::move(socket)) {
  }

  /// @returns whether there was a datagram.
  bool receive_one();

  void take_in(const arrival& what);

  void refuse(refusal kind, std::string why);

  file_descriptor socket_;
  std::string address_;
  /// Of its file; empty for an abstract name.
  std::string path_;
  std::mutex mutex_;
  pid_t child_ = 0;
  std::function<void()> told_;
  child_news news_;
  /// Whether `told_` is to be called for what is there.
  bool has_news_ = false;
  /// Whether it has been called for what was not taken yet.
  bool announced_ = false;
  unsigned refused_ = 0;
  unsigned main_checks_ = 0;
};

} // namespace rr
