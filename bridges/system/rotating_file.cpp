// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/rotating_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

#include "messages/error.hpp"

namespace rr {

namespace {

/// Nothing that these flags open waits for anybody, or becomes this program's
/// terminal.
constexpr int open_flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK
                           | O_NOCTTY;

constexpr mode_t open_mode = 0666;

const char* kind_of(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "directory";
    case S_IFIFO:
      return "FIFO";
    case S_IFSOCK:
      return "socket";
    case S_IFCHR:
    case S_IFBLK:
      return "device";
    default:
      return "special file";
  }
}

caf::error no_regular_file(const std::string& path, mode_t mode) {
  return caf::make_error(ec::bad_configuration, path + " is a " + kind_of(mode)
                                                  + " and no regular file");
}

bool ends_in_line_feed(int fd, off_t size) noexcept {
  char last = '\n';
  return size == 0 || ::pread(fd, &last, 1, size - 1) != 1 || last == '\n';
}

} // namespace

caf::error inspect_log_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return no_regular_file(path, status.st_mode);
  return {};
}

std::string rotated_name(const std::string& path, size_t number) {
  if (number == 0)
    return path;
  auto result = std::filesystem::path{path};
  auto name = result.stem().string() + '.' + std::to_string(number)
              + result.extension().string();
  return result.replace_filename(name).string();
}

bool take_back(int fd, size_t written) noexcept {
  struct stat status {};
  auto end = ::lseek(fd, 0, SEEK_CUR);
  auto begin = end - static_cast<off_t>(written);
  return end >= 0 && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)
         && status.st_size == end && ::ftruncate(fd, begin) == 0
         && ::lseek(fd, begin, SEEK_SET) == begin;
}

caf::expected<std::unique_ptr<rotating_file>>
rotating_file::open(rotating_file_settings settings) {
  if (auto error = inspect_log_file(settings.path))
    return error;
  std::unique_ptr<rotating_file> result{new rotating_file(std::move(settings))};
  auto error = result->reopen();
  if (error == 0)
    return result;
  // It may have become something else meanwhile.
  if (auto what = inspect_log_file(result->settings_.path))
    return what;
  return system_error("cannot write the log to " + result->settings_.path,
                      error);
}

rotating_file::rotating_file(rotating_file_settings settings)
  : settings_(std::move(settings)) {
  if (!settings_.write)
    settings_.write = ::write;
}

int rotating_file::append(std::string_view line) noexcept {
  try {
    buffer_.assign(line);
    buffer_ += '\n';
    if (auto error = make_ready(buffer_.size()))
      return error;
    if (torn_)
      buffer_.insert(0, 1, '\n');
    return write(buffer_);
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (...) {
    return EIO;
  }
}

int rotating_file::reopen() {
  fd_.reset();
  std::error_code error;
  std::filesystem::create_directories(
    std::filesystem::path{settings_.path}.parent_path(), error);
  if (error)
    return error.value();
  auto path = settings_.path.c_str();
  fd_.reset(::open(path, O_RDWR | open_flags, open_mode));
  // To read its last byte is not necessary.
  if (!fd_ && errno == EACCES)
    fd_.reset(::open(path, O_WRONLY | open_flags, open_mode));
  if (!fd_)
    return errno;
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    fd_.reset();
    return EINVAL;
  }
  torn_ = !ends_in_line_feed(fd_.get(), status.st_size);
  next_look_ = clock::now() + settings_.look_interval;
  return 0;
}

/// Makes sure that the file is the one at the path, and has room.
int rotating_file::make_ready(size_t size) {
  struct stat status {};
  auto is_gone = !fd_ || ::fstat(fd_.get(), &status) != 0
                 || status.st_nlink == 0;
  if (!is_gone && clock::now() >= next_look_) {
    next_look_ = clock::now() + settings_.look_interval;
    is_gone = !is_at_path();
  }
  if (is_gone) {
    if (auto error = reopen())
      return error;
    if (::fstat(fd_.get(), &status) != 0)
      return errno;
  }
  auto used = static_cast<size_t>(status.st_size);
  return used > 0 && used + size > settings_.max_size ? rotate() : 0;
}

/// Another program may have rotated the file already.
int rotating_file::rotate() {
  if (!is_at_path())
    return reopen();
  if (settings_.max_files == 1)
    return ::ftruncate(fd_.get(), 0) == 0 ? 0 : errno;
  for (auto i = settings_.max_files - 1; i > 0; --i)
    if (::rename(rotated_name(settings_.path, i - 1).c_str(),
                 rotated_name(settings_.path, i).c_str())
          != 0
        && errno != ENOENT)
      return errno;
  return reopen();
}

bool rotating_file::is_at_path() const noexcept {
  struct stat at_path {};
  struct stat own {};
  return ::stat(settings_.path.c_str(), &at_path) == 0
         && ::fstat(fd_.get(), &own) == 0 && at_path.st_dev == own.st_dev
         && at_path.st_ino == own.st_ino;
}

int rotating_file::write(std::string_view bytes) {
  size_t written = 0;
  auto error = 0;
  while (error == 0 && written < bytes.size()) {
    auto count = settings_.write(fd_.get(), bytes.data() + written,
                                 bytes.size() - written);
    if (count > 0)
      written += static_cast<size_t>(count);
    else if (count == 0 || errno != EINTR)
      error = count == 0 ? EIO : errno;
  }
  if (error != 0 && (written == 0 || take_back(fd_.get(), written)))
    return error;
  torn_ = error != 0;
  return error;
}

} // namespace rr
