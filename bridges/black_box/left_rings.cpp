// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/left_rings.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include <fmt/format.h>

#include "bridges/black_box/record_directory.hpp"
#include "bridges/black_box/ring_export.hpp"
#include "bridges/black_box/ring_reader.hpp"
#include "bridges/system/private_directory.hpp"

namespace rr {

namespace {

std::string left_name(const std::string& memory, size_t number) {
  return fmt::format("{}.left-{}", memory, number);
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

/// When the last record was written.
std::chrono::system_clock::time_point end_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    return std::chrono::system_clock::now();
  return std::chrono::system_clock::time_point{
    std::chrono::seconds{status.st_mtim.tv_sec}};
}

caf::expected<std::string> write_left(ring_reader& ring,
                                      const std::string& directory) {
  auto time = end_of(ring.path());
  auto end = ring.description().end;
  auto name = record_name(time, end);
  // Whoever has written it may have thought of another name.
  if (!is_black_box_name(name)) {
    end = "killed";
    name = record_name(time, end);
  }
  return write_record(ring, {directory + '/' + name, false, end},
                      [] { return false; });
}

} // namespace

std::vector<std::string> set_left_aside(const std::string& memory) {
  auto ring = ring_reader::open(memory);
  if (!ring)
    ::unlink(memory.c_str());
  else if (!(*ring)->description().is_done && !(*ring)->is_empty()) {
    size_t number = 1;
    while (number < max_left_rings && exists(left_name(memory, number)))
      ++number;
    ::rename(memory.c_str(), left_name(memory, number).c_str());
  }
  std::vector<std::string> result;
  for (size_t number = 1; number <= max_left_rings; ++number)
    if (exists(left_name(memory, number)))
      result.push_back(left_name(memory, number));
  return result;
}

caf::expected<std::string>
write_left_rings(const std::vector<std::string>& rings,
                 const std::string& directory, size_t max_files) {
  std::string result;
  if (auto failed = make_private_directory(directory))
    return failed;
  for (const auto& path : rings) {
    // One that cannot be read never could be.
    if (auto ring = ring_reader::open(path)) {
      auto written = write_left(**ring, directory);
      if (!written)
        return written;
      result = std::move(*written);
    }
    ::unlink(path.c_str());
  }
  prune_records(directory, max_files, result);
  return result;
}

} // namespace rr
