// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/rotating_file_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "bridges/system/rotating_file.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using time_point = std::chrono::system_clock::time_point;

struct status_of_file {
  struct stat value {};

  explicit status_of_file(int fd) {
    ::fstat(fd, &value);
  }

  bool operator==(const status_of_file& other) const noexcept {
    return value.st_dev == other.value.st_dev
           && value.st_ino == other.value.st_ino;
  }

  time_point last_write() const {
    using namespace std::chrono;
    return time_point{seconds{value.st_mtim.tv_sec}
                      + ceil<microseconds>(nanoseconds{value.st_mtim.tv_nsec})};
  }
};

} // namespace

rotating_file_reader::rotating_file_reader(std::string path, size_t max_files)
  : path_(std::move(path)),
    max_files_(max_files) {
}

caf::error rotating_file_reader::read(time_point since,
                                      const line_handler& handler) {
  if (auto failed = open_new_files(since))
    return failed;
  while (!files_.empty()) {
    if (auto failed = read_to_end(files_.front().get(), handler))
      return failed;
    if (files_.size() == 1)
      break;
    // A line that was cut off goes on in no other file.
    line_.clear();
    too_long_ = false;
    files_.pop_front();
  }
  return {};
}

/// Opens what has come since the file that was read last; all, at first.
caf::error rotating_file_reader::open_new_files(time_point since) {
  std::deque<file_descriptor> newer;
  for (size_t i = 0; i < max_files_; ++i) {
    auto name = rotated_name(path_, i);
    file_descriptor file{
      ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!file && errno == ENOENT)
      continue;
    if (!file)
      return system_error("cannot read the log from " + name, errno);
    found_ = true;
    status_of_file status{file.get()};
    if (!files_.empty() && status == status_of_file{files_.back().get()})
      break;
    if (i > 0 && status.last_write() < since)
      break;
    // One that was renamed between two looks was there already.
    if (newer.empty() || !(status == status_of_file{newer.front().get()}))
      newer.push_front(std::move(file));
  }
  for (auto& each : newer)
    files_.push_back(std::move(each));
  return {};
}

caf::error rotating_file_reader::read_to_end(int fd,
                                             const line_handler& handler) {
  std::vector<char> bytes(65536);
  for (;;) {
    auto size = ::read(fd, bytes.data(), bytes.size());
    if (size == 0)
      return {};
    if (size > 0)
      take({bytes.data(), static_cast<size_t>(size)}, handler);
    else if (errno != EINTR)
      return system_error("cannot read the log from " + path_, errno);
  }
}

void rotating_file_reader::take(std::string_view bytes,
                                const line_handler& handler) {
  for (;;) {
    auto end = bytes.find('\n');
    auto part = bytes.substr(0, end);
    too_long_ = too_long_ || line_.size() + part.size() > max_line;
    if (too_long_)
      line_.clear();
    else
      line_ += part;
    if (end == bytes.npos)
      return;
    handler(line_);
    line_.clear();
    too_long_ = false;
    bytes.remove_prefix(end + 1);
  }
}

} // namespace rr
