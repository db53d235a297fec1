// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/runtime_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "bridges/system/private_directory.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr mode_t others_mask = 0077;

caf::error unusable(const std::string& path, const std::string& why) {
  return caf::make_error(ec::system_error, "cannot use " + path + ": " + why);
}

std::string octal(mode_t mode) {
  std::string result = "0000";
  for (auto i = result.rbegin(); i != result.rend(); ++i, mode >>= 3)
    *i = static_cast<char>('0' + (mode & 7));
  return result;
}

/// Opens the directory itself, never what a symbolic link names.
caf::expected<file_descriptor> open_private(const std::string& path) {
  auto result = file_descriptor{
    ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat status {};
  if (!result) {
    auto cause = errno;
    if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
      return unusable(path, "it is a symbolic link");
    return system_error("cannot use " + path, cause);
  }
  if (::fstat(result.get(), &status) != 0)
    return system_error("cannot use " + path, errno);
  if (status.st_uid != ::geteuid())
    return unusable(path, "it belongs to user " + std::to_string(status.st_uid)
                            + ", not to user " + std::to_string(::geteuid()));
  if ((status.st_mode & others_mask) != 0)
    return unusable(path, "its mode is " + octal(status.st_mode & 0777)
                            + ", it must be 0700");
  return result;
}

std::string holder_of(int lock) {
  char buffer[16];
  auto n = ::pread(lock, buffer, sizeof(buffer), 0);
  auto pid = std::string(buffer, n > 0 ? static_cast<size_t>(n) : 0u);
  pid.erase(std::find_if(pid.begin(), pid.end(),
                         [](char c) { return c < '0' || c > '9'; }),
            pid.end());
  return pid.empty() ? "unknown" : pid;
}

/// @returns `ec::system_error` when somebody else holds it.
caf::error try_lock(int lock, const std::string& path) {
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0)
    return {};
  auto what = "cannot lock " + path;
  if (errno != EWOULDBLOCK)
    return system_error(what, errno);
  return caf::make_error(ec::system_error,
                         what + ": another runtime is running there (pid "
                           + holder_of(lock) + "); robot-runtime stop ends it");
}

caf::expected<file_descriptor> take_lock(int directory,
                                         const std::string& path) {
  auto flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  auto lock = file_descriptor{::openat(directory, "lock", flags, 0600)};
  if (!lock)
    return system_error("cannot open " + path + "/lock", errno);
  if (auto failed = try_lock(lock.get(), path))
    return failed;
  auto pid = std::to_string(::getpid()) + "\n";
  auto written = ::ftruncate(lock.get(), 0) == 0
                 && ::pwrite(lock.get(), pid.data(), pid.size(), 0) >= 0;
  // The number is for messages alone: the lock holds without it, where files
  // may not grow (ulimit -f 0).
  if (!written && errno != EFBIG)
    return system_error("cannot write " + path + "/lock", errno);
  return lock;
}

} // namespace

caf::expected<std::unique_ptr<runtime_directory>>
runtime_directory::make(std::string path) {
  // A slash at the end would have a symbolic link followed.
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  if (path.empty())
    return caf::make_error(ec::system_error,
                           "cannot use a runtime directory without a name");
  if (auto error = make_private_directory(path))
    return error;
  auto directory = open_private(path);
  if (!directory)
    return std::move(directory.error());
  auto lock = take_lock(directory->get(), path);
  if (!lock)
    return std::move(lock.error());
  return std::unique_ptr<runtime_directory>{
    new runtime_directory(std::move(path), std::move(*lock))};
}

caf::expected<file_descriptor>
runtime_directory::hold_off(const std::string& path) {
  auto name = path + "/lock";
  auto lock = file_descriptor{
    ::open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!lock && (errno == ENOENT || errno == ENOTDIR))
    return lock;
  if (!lock)
    return system_error("cannot open " + name, errno);
  if (auto failed = try_lock(lock.get(), path))
    return failed;
  return lock;
}

runtime_directory::runtime_directory(std::string path, file_descriptor lock)
  : path_(std::move(path)),
    lock_(std::move(lock)) {
}

runtime_directory::~runtime_directory() {
  // A process that a stop has not reached may hold the file open still.
  ::flock(lock_.get(), LOCK_UN);
}

} // namespace rr
