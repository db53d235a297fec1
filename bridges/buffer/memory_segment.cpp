// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/memory_segment.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <boost/interprocess/anonymous_shared_memory.hpp>

#include "bridges/system/file_owner.hpp"

namespace rr {

namespace {

namespace ipc = boost::interprocess;

/// This is where glibc has the objects of `shm_open`.
constexpr const char* directory = "/dev/shm";

constexpr mode_t others_may_write = 0022;

/// A descriptor as Boost maps one.
struct mappable {
  int fd;

  ipc::mapping_handle_t get_mapping_handle() const noexcept {
    return {fd, false};
  }
};

caf::expected<ipc::mapped_region> map(int fd, size_t size,
                                      const std::string& what) {
  try {
    return ipc::mapped_region{mappable{fd}, ipc::read_write, 0, size};
  } catch (const ipc::interprocess_exception& e) {
    return system_error(what, e.get_native_error());
  }
}

/// Gives a file without a name one, unless somebody has it.
caf::expected<bool> give_name(int fd, const std::string& path,
                              const std::string& what) {
  auto self = "/proc/self/fd/" + std::to_string(fd);
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(),
               AT_SYMLINK_FOLLOW)
      == 0)
    return true;
  if (errno == EEXIST)
    return false;
  auto cause = errno;
  if (cause == ENOENT && ::access("/proc/self", F_OK) != 0)
    return system_error(what + " without /proc", cause);
  return system_error(what, cause);
}

caf::error check_owner(const struct stat& status, const std::string& name) {
  auto refused = [&](const std::string& why) { return cannot_open(name, why); };
  if (!S_ISREG(status.st_mode))
    return refused("it is no shared memory");
  if (status.st_uid != ::geteuid() && status.st_uid != 0)
    return refused("it belongs to user " + std::to_string(status.st_uid)
                   + ", not to user " + std::to_string(::geteuid()));
  if ((status.st_mode & others_may_write) != 0)
    return refused("other users may write to it");
  if (status.st_size <= 0)
    return refused("it is cut short");
  return {};
}

} // namespace

caf::expected<bool> memory_segment::create(const std::string& name, size_t size,
                                           const writer& write,
                                           file_descriptor* lock) {
  auto what = "cannot create " + name;
  auto flags = O_TMPFILE | O_RDWR | O_CLOEXEC;
  auto file = file_descriptor{::open(directory, flags, 0600)};
  // Whatever the umask of the program takes away.
  if (!file || ::fchmod(file.get(), 0600) != 0)
    return system_error(what, errno);
  // A file that is merely long enough would be a SIGBUS where memory ends.
  if (auto failed = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)))
    return system_error(what, failed);
  {
    auto region = map(file.get(), size, what);
    if (!region)
      return std::move(region.error());
    write({static_cast<std::byte*>(region->get_address()), size});
  }
  if (lock && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    return system_error(what, errno);
  auto result = give_name(file.get(), segment_path(name), what);
  if (lock && result && *result)
    *lock = std::move(file);
  return result;
}

caf::expected<memory_segment> memory_segment::open(const std::string& name) {
  auto what = "cannot open " + name;
  auto path = segment_path(name);
  auto file
    = file_descriptor{::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC)};
  if (!file && errno == ENOENT)
    return caf::make_error(ec::unknown_device,
                           what + ": there is no such buffer");
  if (!file)
    return caf::make_error(ec::system_error,
                           what + ": " + denial_text(path, errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0)
    return system_error(what, errno);
  if (auto failed = check_owner(status, name))
    return failed;
  auto region = map(file.get(), static_cast<size_t>(status.st_size), what);
  if (!region)
    return std::move(region.error());
  auto result = memory_segment{std::move(*region)};
  result.file_ = status.st_ino;
  result.device_ = status.st_dev;
  return result;
}

bool memory_segment::is_named(const std::string& name) const {
  struct stat status {};
  return file_ != 0 && ::stat(segment_path(name).c_str(), &status) == 0
         && status.st_ino == file_ && status.st_dev == device_;
}

caf::expected<memory_segment> memory_segment::make_private(size_t size) {
  try {
    return memory_segment{ipc::anonymous_shared_memory(size)};
  } catch (const ipc::interprocess_exception& e) {
    return system_error("cannot set aside memory", e.get_native_error());
  }
}

memory_segment::memory_segment(ipc::mapped_region region)
  : region_(std::move(region)) {
}

caf::error cannot_open(const std::string& name, const std::string& why) {
  return caf::make_error(ec::incompatible_buffer,
                         "cannot open " + name + ": " + why);
}

caf::error remove_segment(const std::string& name) {
  if (::unlink(segment_path(name).c_str()) != 0 && errno != ENOENT)
    return caf::make_error(ec::system_error,
                           "cannot remove " + name + ": "
                             + denial_text(segment_path(name), errno));
  return {};
}

std::vector<std::string> list_segments(const std::string& beginning) {
  std::vector<std::string> result;
  std::error_code failed;
  auto i = std::filesystem::directory_iterator{directory, failed};
  for (; !failed && i != std::filesystem::directory_iterator{};
       i.increment(failed))
    if (auto name = i->path().filename().string(); name.starts_with(beginning))
      result.push_back(std::move(name));
  std::sort(result.begin(), result.end());
  return result;
}

std::optional<std::chrono::nanoseconds> segments_changed() noexcept {
  struct stat status;
  if (::stat(directory, &status) != 0)
    return std::nullopt;
  return std::chrono::seconds{status.st_mtim.tv_sec}
         + std::chrono::nanoseconds{status.st_mtim.tv_nsec};
}

std::string segment_path(const std::string& name) {
  return std::string{directory} + "/" + name;
}

} // namespace rr
