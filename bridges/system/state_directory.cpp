// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/state_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "bridges/system/private_directory.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr mode_t file_mode = 0600;

constexpr mode_t writable_by_others = 0022;

/// @returns 0 or the cause.
int write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return errno;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return 0;
}

file_descriptor open_directory(const std::string& path) {
  return file_descriptor{
    ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

} // namespace

caf::expected<std::unique_ptr<state_directory>>
state_directory::make(std::string path) {
  if (auto failed = make_private_directory(path))
    return failed;
  auto directory = open_directory(path);
  struct stat status {};
  if (!directory || ::fstat(directory.get(), &status) != 0)
    return system_error("cannot use " + path, errno);
  if ((status.st_mode & writable_by_others) != 0)
    return caf::make_error(ec::system_error,
                           "cannot use " + path
                             + ": others than its owner may write in it");
  return std::unique_ptr<state_directory>{
    new state_directory(std::move(path), std::move(directory))};
}

caf::expected<std::unique_ptr<state_directory>>
state_directory::open_existing(std::string path) {
  auto directory = open_directory(path);
  if (!directory && errno == ENOENT)
    return std::unique_ptr<state_directory>{};
  if (!directory)
    return system_error("cannot use " + path, errno);
  return std::unique_ptr<state_directory>{
    new state_directory(std::move(path), std::move(directory))};
}

state_directory::state_directory(std::string path, file_descriptor directory)
  : path_(std::move(path)),
    directory_(std::move(directory)) {
}

caf::expected<std::optional<std::string>>
state_directory::read(const std::string& name, size_t max_size) const {
  // Of a FIFO nothing is waited for.
  auto file
    = file_descriptor{::openat(directory_.get(), name.c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!file && errno == ENOENT)
    return std::optional<std::string>{};
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0)
    return about("read", name, errno);
  if (!S_ISREG(status.st_mode))
    return about("read", name, EINVAL);
  std::string result;
  std::array<char, 16'384> part;
  for (;;) {
    auto count = ::read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return about("read", name, errno);
    if (count == 0)
      break;
    result.append(part.data(), static_cast<size_t>(count));
    if (result.size() > max_size)
      return about("read", name, EFBIG);
  }
  return std::optional<std::string>{std::move(result)};
}

caf::error state_directory::replace(const std::string& name,
                                    std::string_view text) const {
  auto temporary = name + ".new";
  if (auto failed = write_new(temporary, text))
    return failed;
  if (::renameat(directory_.get(), temporary.c_str(), directory_.get(),
                 name.c_str())
        != 0
      || ::fsync(directory_.get()) != 0)
    return about("write", name, errno);
  return {};
}

caf::error state_directory::append(const std::string& name,
                                   const std::string& text) const {
  auto file = file_descriptor{::openat(directory_.get(), name.c_str(),
                                       O_WRONLY | O_APPEND | O_CREAT
                                         | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                                       file_mode)};
  if (!file)
    return about("write", name, errno);
  auto cause = write_all(file.get(), text);
  if (cause == 0 && ::fdatasync(file.get()) != 0)
    cause = errno;
  return cause == 0 ? caf::error{} : about("write", name, cause);
}

caf::error state_directory::remove(const std::string& name) const {
  if (::unlinkat(directory_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    return about("remove", name, errno);
  if (::fsync(directory_.get()) != 0)
    return about("remove", name, errno);
  return {};
}

caf::error state_directory::try_write() const {
  auto name = std::string{".try"};
  // A file system that is full has room for a name, and none for content.
  auto failed = write_new(name, std::string(4096, '.'));
  ::unlinkat(directory_.get(), name.c_str(), 0);
  return failed;
}

caf::error state_directory::look() const {
  struct statvfs system {};
  struct stat status {
  }, named{};
  auto fail = [&](int cause) {
    return system_error("cannot write " + path_, cause);
  };
  if (::fstatvfs(directory_.get(), &system) != 0
      || ::fstat(directory_.get(), &status) != 0)
    return fail(errno);
  // Where it has been moved away, the next start finds nothing of it.
  if (::stat(path_.c_str(), &named) != 0)
    return fail(errno);
  if (named.st_dev != status.st_dev || named.st_ino != status.st_ino)
    return fail(ENOENT);
  if (::faccessat(directory_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
    return fail(errno);
  if ((system.f_flag & ST_RDONLY) != 0)
    return fail(EROFS);
  auto free = ::geteuid() == 0 ? system.f_bfree : system.f_bavail;
  // Some file systems count no blocks, or no names.
  if ((system.f_blocks > 0 && free == 0)
      || (system.f_files > 0 && system.f_ffree == 0))
    return fail(ENOSPC);
  return {};
}

caf::error state_directory::touch(const std::string& name) const {
  if (::utimensat(directory_.get(), name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW)
        != 0
      && errno != ENOENT)
    return about("write", name, errno);
  return {};
}

std::optional<std::chrono::system_clock::time_point>
state_directory::written(const std::string& name) const {
  struct stat status {};
  if (::fstatat(directory_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW)
      != 0)
    return std::nullopt;
  return std::chrono::system_clock::time_point{
    std::chrono::seconds{status.st_mtim.tv_sec}
    + std::chrono::nanoseconds{status.st_mtim.tv_nsec}};
}

/// What a crash has left of the same name is written over.
caf::error state_directory::write_new(const std::string& name,
                                      std::string_view text) const {
  auto file = file_descriptor{
    ::openat(directory_.get(), name.c_str(),
             O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
             file_mode)};
  if (!file)
    return about("write", name, errno);
  auto cause = write_all(file.get(), text);
  if (cause == 0 && ::fsync(file.get()) != 0)
    cause = errno;
  if (cause == 0)
    return {};
  ::unlinkat(directory_.get(), name.c_str(), 0);
  return about("write", name, cause);
}

caf::error state_directory::about(const char* what, const std::string& name,
                                  int cause) const {
  return system_error("cannot " + std::string{what} + ' ' + path_ + '/' + name,
                      cause);
}

} // namespace rr
