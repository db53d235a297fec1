// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/journal_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "messages/error.hpp"

namespace rr {

namespace {

/// Room for entries that are under way, as libsystemd asks for.
constexpr int wanted_room = 8 << 20;

constexpr int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
                          | F_SEAL_SEAL;

/// @returns a sealed file in memory, or none.
file_descriptor make_file(std::string_view bytes) noexcept {
  file_descriptor result{
    ::memfd_create("journal-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  while (result && !bytes.empty()) {
    auto n = ::write(result.get(), bytes.data(), bytes.size());
    if (n <= 0 && errno != EINTR)
      return {};
    bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  }
  if (result && ::fcntl(result.get(), F_ADD_SEALS, all_seals) != 0)
    return {};
  return result;
}

} // namespace

bool is_journal_stream(const char* stream, int fd) noexcept {
  struct stat status {};
  if (stream == nullptr || ::fstat(fd, &status) != 0)
    return false;
  dev_t device = 0;
  ino_t inode = 0;
  const auto* end = stream + std::strlen(stream);
  auto colon = std::from_chars(stream, end, device);
  if (colon.ec != std::errc{} || colon.ptr == end || *colon.ptr != ':')
    return false;
  auto last = std::from_chars(colon.ptr + 1, end, inode);
  return last.ec == std::errc{} && last.ptr == end && device == status.st_dev
         && inode == status.st_ino;
}

caf::expected<std::unique_ptr<journal_socket>>
journal_socket::connect(const std::string& path) {
  auto wake = wake_event::make();
  if (!wake)
    return std::move(wake.error());
  std::unique_ptr<journal_socket> result{new journal_socket(std::move(*wake))};
  auto what = "cannot connect to the journal " + path;
  auto& address = result->address_;
  if (path.size() >= sizeof(address.sun_path))
    return system_error(what, ENAMETOOLONG);
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  if (auto error = result->open(); error != 0)
    return system_error(what, error);
  return result;
}

bool journal_socket::send(std::string_view entry) noexcept {
  return deliver(entry, true);
}

bool journal_socket::try_send(std::string_view entry) noexcept {
  return deliver(entry, false);
}

void journal_socket::finish() noexcept {
  room_.finish(linger);
}

/// @returns an `errno`, or zero.
int journal_socket::open() noexcept {
  socket_.reset(
    ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_)
    return errno;
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &wanted_room,
               sizeof wanted_room);
  const auto* address = reinterpret_cast<const sockaddr*>(&address_);
  return ::connect(socket_.get(), address, sizeof address_) == 0 ? 0 : errno;
}

bool journal_socket::deliver(std::string_view entry, bool may_wait) noexcept {
  auto connected_anew = false;
  for (;;) {
    auto error = send_once(entry);
    if (error == 0)
      return true;
    if (error == EINTR
        || (error == EAGAIN && may_wait && room_.wait(socket_.get(), linger)))
      continue;
    auto is_lost = error == ECONNREFUSED || error == ENOTCONN
                   || error == ECONNRESET || error == EPIPE || error == EBADF;
    if (is_lost && !std::exchange(connected_anew, true)) {
      error = open();
      if (error == 0)
        continue;
    }
    last_error_ = error == EAGAIN ? 0 : error;
    return false;
  }
}

/// @returns an `errno`, or zero.
int journal_socket::send_once(std::string_view entry) const noexcept {
  auto sent = ::send(socket_.get(), entry.data(), entry.size(),
                     MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0)
    return 0;
  return errno == EMSGSIZE || errno == ENOBUFS ? send_file(entry) : errno;
}

/// @returns an `errno`, or zero.
int journal_socket::send_file(std::string_view entry) const noexcept {
  auto file = make_file(entry);
  if (!file)
    return errno != 0 ? errno : ENOMEM;
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))]{};
  msghdr message{};
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  auto* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  auto fd = file.get();
  std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  auto sent = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent >= 0 ? 0 : errno;
}

} // namespace rr
