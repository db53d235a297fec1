// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq/zmq_binding.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <string_view>
#include <utility>

#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/file_owner.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "bridges/zmq/zmq_endpoint.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr auto ipc_scheme = std::string_view{"ipc://"};

/// Milliseconds that others may hold the lock of a folder; they need one.
constexpr int lock_patience = 1000;

caf::error cannot_bind(const std::string& address, int errno_value) {
  return zmq_error("cannot bind", address, errno_value);
}

caf::error cannot_bind(const std::string& address, const std::string& why) {
  return system_error_about("cannot bind " + address + ": " + why, address);
}

/// libzmq aborts the process when it runs out of descriptors in the middle of
/// a bind.
bool has_spare_descriptors() {
  std::array<file_descriptor, 16> reserve;
  for (auto& fd : reserve) {
    fd.reset(::eventfd(0, EFD_CLOEXEC));
    if (!fd)
      return false;
  }
  return true;
}

caf::expected<sockaddr_un> unix_address(const std::string& address,
                                        const std::string& path) {
  if (path.empty() || path[0] == '@' || path == "*")
    return cannot_bind(address, "not the path of a socket");
  sockaddr_un result{};
  result.sun_family = AF_UNIX;
  if (path.size() >= sizeof(result.sun_path))
    return cannot_bind(address, "the path is longer than 107 bytes");
  std::memcpy(result.sun_path, path.data(), path.size());
  return result;
}

std::string folder_of(const std::string& path) {
  auto slash = path.rfind('/');
  if (slash == path.npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Nobody else who follows this protocol replaces a socket in the folder while
/// this is held. A lock on the folder itself leaves nothing behind, which could
/// be another user's later. Where a folder cannot be locked at all, such as one
/// that may not be read, whoever serves the path is still found by asking.
caf::expected<file_descriptor> lock_folder(const std::string& address,
                                           const std::string& path) {
  auto folder = folder_of(path);
  file_descriptor lock{
    ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  for (auto left = lock_patience; lock; --left) {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
      break;
    if (left == 0)
      return cannot_bind(address,
                         "another process has locked the folder " + folder);
    ::poll(nullptr, 0, 1);
  }
  return lock;
}

file_descriptor unix_socket() {
  return file_descriptor{
    ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
}

/// Removes what a dead process left behind. Not everyone who serves a path
/// holds our lock, so whoever answers there is alive too.
caf::error remove_dead(const std::string& address, const sockaddr_un& where) {
  struct stat found {};
  if (::lstat(where.sun_path, &found) != 0)
    return errno == ENOENT ? caf::none : cannot_bind(address, errno);
  if (!S_ISSOCK(found.st_mode))
    return cannot_bind(address, "the path exists and is not a socket");
  auto probe = unix_socket();
  if (!probe)
    return cannot_bind(address, errno);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&where),
                sizeof(where))
        == 0
      || errno == EAGAIN)
    return cannot_bind(address, "another process is serving it");
  if (errno != ECONNREFUSED && errno != ENOENT)
    return cannot_bind(address, "a socket is there already: "
                                  + denial_text(where.sun_path, errno));
  if (::unlink(where.sun_path) != 0 && errno != ENOENT)
    return cannot_bind(address,
                       "cannot remove the socket that a dead process left: "
                         + denial_text(where.sun_path, errno));
  return caf::none;
}

/// A socket of our own for libzmq to accept on: handed one, it neither removes
/// the path when it binds nor, at a moment of its own choice, when it closes.
caf::expected<file_descriptor>
listen_on(const std::string& address, const sockaddr_un& where, int backlog) {
  auto result = unix_socket();
  if (!result
      || ::bind(result.get(), reinterpret_cast<const sockaddr*>(&where),
                sizeof(where))
           != 0
      || ::listen(result.get(), backlog) != 0)
    return cannot_bind(address, errno);
  return result;
}

/// @returns zero or an error number.
int bind_descriptor(zmq::socket_t& socket, const std::string& address,
                    const file_descriptor& listener) {
  auto fd = ::fcntl(listener.get(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    return errno;
  auto result = 0;
  if (zmq_setsockopt(socket.handle(), ZMQ_USE_FD, &fd, sizeof(fd)) != 0
      || zmq_bind(socket.handle(), address.c_str()) != 0) {
    result = zmq_errno();
    ::close(fd);
  }
  fd = -1;
  zmq_setsockopt(socket.handle(), ZMQ_USE_FD, &fd, sizeof(fd));
  return result;
}

} // namespace

caf::expected<zmq_binding> zmq_binding::make(zmq::socket_t& socket,
                                             const std::string& address) try {
  if (!has_spare_descriptors())
    return cannot_bind(address, EMFILE);
  zmq_binding result;
  if (!std::string_view{address}.starts_with(ipc_scheme)) {
    if (auto cause = bind_zmq(socket.handle(), address); cause != 0)
      return cannot_bind(address, cause);
    result.endpoint_ = socket.get(zmq::sockopt::last_endpoint);
    return result;
  }
  auto path = address.substr(ipc_scheme.size());
  auto where = unix_address(address, path);
  if (!where)
    return where.error();
  // Until others find out by asking that somebody serves the path.
  auto lock = lock_folder(address, path);
  if (!lock)
    return lock.error();
  if (auto problem = remove_dead(address, *where))
    return problem;
  auto listener = listen_on(address, *where, socket.get(zmq::sockopt::backlog));
  if (!listener)
    return listener.error();
  struct stat made {};
  if (::lstat(path.c_str(), &made) != 0)
    return cannot_bind(address, errno);
  result.endpoint_ = address;
  result.path_ = std::move(path);
  result.device_ = made.st_dev;
  result.inode_ = made.st_ino;
  if (auto problem = bind_descriptor(socket, address, *listener); problem != 0)
    return cannot_bind(address, problem);
  return result;
} catch (const zmq::error_t& x) {
  return cannot_bind(address, x.num());
}

zmq_binding::zmq_binding(zmq_binding&& other) noexcept
  : endpoint_(std::move(other.endpoint_)),
    path_(std::exchange(other.path_, {})),
    device_(other.device_),
    inode_(other.inode_) {
}

zmq_binding::~zmq_binding() {
  struct stat found {};
  if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0
      && found.st_dev == device_ && found.st_ino == inode_)
    ::unlink(path_.c_str());
}

} // namespace rr
