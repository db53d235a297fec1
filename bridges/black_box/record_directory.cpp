// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/record_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <tuple>

#include <fmt/format.h>

#include "messages/error.hpp"
#include "messages/log/log_event.hpp"

namespace rr {

namespace {

constexpr std::string_view extension = ".mcap";

/// Of names of files that are being written.
constexpr std::string_view partial_end = ".mcap.part";

/// What all names begin with; `d` is a digit.
constexpr std::string_view name_of_second = "dddd-dd-ddTdd-dd-ddZ-";

/// Names of one second.
constexpr auto max_names = 100;

/// Bytes of a file within which its metadata ends.
constexpr size_t max_metadata = 8192;

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> result;
  auto opened = ::opendir(directory.c_str());
  if (!opened)
    return result;
  while (auto entry = ::readdir(opened))
    result.emplace_back(entry->d_name);
  ::closedir(opened);
  return result;
}

/// The part of a file that is read next.
class part {
public:
  explicit part(std::string_view bytes) : bytes_(bytes) {
  }

  std::string_view take(uint64_t size) {
    if (size > bytes_.size()) {
      good_ = false;
      size = bytes_.size();
    }
    auto result = bytes_.substr(0, static_cast<size_t>(size));
    bytes_.remove_prefix(result.size());
    return result;
  }

  uint64_t number(size_t size) {
    uint64_t result = 0;
    auto bytes = take(size);
    for (size_t i = 0; i < bytes.size(); ++i)
      result |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
    return result;
  }

  std::string_view text() {
    return take(number(4));
  }

  bool good() const noexcept {
    return good_;
  }

  bool empty() const noexcept {
    return bytes_.empty();
  }

private:
  std::string_view bytes_;
  bool good_ = true;
};

/// The second of a name, when the file was written, and the name: one of more
/// files of a second has a name that tells nothing of their order.
using dated_name = std::tuple<std::string, int64_t, std::string>;

dated_name date(const std::string& directory, std::string name) {
  struct stat status {};
  auto is_there = ::lstat((directory + '/' + name).c_str(), &status) == 0;
  auto second = name.substr(0, name_of_second.size());
  return {std::move(second),
          is_there ? int64_t{status.st_mtim.tv_sec} * 1'000'000'000
                       + status.st_mtim.tv_nsec
                   : 0,
          std::move(name)};
}

std::string beginning_of(const std::string& path) {
  auto file = file_descriptor{
    ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return {};
  std::string result(max_metadata, '\0');
  auto count = ::pread(file.get(), result.data(), result.size(), 0);
  result.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  return result;
}

/// Whether nobody writes it any more. One that was just made may not have been
/// locked yet.
bool is_left(const std::string& path) {
  auto file = file_descriptor{
    ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat status {};
  constexpr auto age = 60;
  return file && ::fstat(file.get(), &status) == 0
         && status.st_mtim.tv_sec + age < ::time(nullptr)
         && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

/// As `partial_file` names what becomes a black box.
bool is_partial_name(std::string_view name) noexcept {
  if (!name.ends_with(partial_end))
    return false;
  name.remove_suffix(partial_end.size());
  auto dot = name.rfind('.');
  return dot != name.npos
         && name.find_first_not_of("0123456789", dot + 1) == name.npos
         && is_black_box_name(name.substr(0, dot));
}

/// What a link points to, and that one in turn, whether it is there or not.
std::filesystem::path end_of_links(std::filesystem::path path) {
  constexpr auto max_links = 40; // as in the kernel
  std::error_code failed;
  for (auto i = 0; i < max_links; ++i) {
    auto next = std::filesystem::read_symlink(path, failed);
    if (failed)
      break;
    path = path.parent_path() / next;
  }
  return path;
}

/// Where a file of that name is to be: where a link points. What is there and
/// no regular file would be gone, a device of all programs among it.
caf::expected<std::string> place_of(std::string path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode))
      return system_error("cannot write " + path, EISDIR);
    return caf::make_error(ec::system_error,
                           "cannot write " + path
                             + ": is no regular file, expected another path");
  }
  return end_of_links(std::move(path)).string();
}

} // namespace

// -- a file -------------------------------------------------------------------

caf::expected<std::unique_ptr<partial_file>>
partial_file::make(std::string name) {
  auto place = place_of(std::move(name));
  if (!place)
    return std::move(place.error());
  auto& path = *place;
  auto temporary = fmt::format("{}.{}.mcap.part", path, ::getpid());
  auto file = file_descriptor{::open(
    temporary.c_str(),
    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600)};
  if (!file)
    return system_error("cannot write " + path, errno);
  // Tells others that it is being written.
  ::flock(file.get(), LOCK_EX | LOCK_NB);
  return std::unique_ptr<partial_file>{
    new partial_file(std::move(path), std::move(temporary), std::move(file))};
}

partial_file::partial_file(std::string path, std::string temporary,
                           file_descriptor file)
  : path_(std::move(path)),
    temporary_(std::move(temporary)),
    file_(std::move(file)) {
}

partial_file::~partial_file() {
  if (!is_finished_)
    ::unlink(temporary_.c_str());
}

caf::error partial_file::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return system_error("cannot write " + path_, errno);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

caf::expected<std::string> partial_file::finish(bool replaces) {
  if (::fdatasync(file_.get()) != 0)
    return system_error("cannot write " + path_, errno);
  auto stem = path_;
  if (stem.ends_with(extension))
    stem.resize(stem.size() - extension.size());
  auto flags = replaces ? 0u : unsigned{RENAME_NOREPLACE};
  for (auto number = 1; number <= max_names; ++number) {
    auto path = number == 1 ? path_
                            : fmt::format("{}-{}{}", stem, number, extension);
    is_finished_ = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD,
                               path.c_str(), flags)
                   == 0;
    if (is_finished_)
      return path;
    if (errno != EEXIST)
      break;
  }
  return system_error("cannot write " + path_, errno);
}

// -- many ---------------------------------------------------------------------

std::string record_name(std::chrono::system_clock::time_point time,
                        std::string_view what) {
  // Colons are no part of names on every file system.
  auto text = format_timestamp(time).substr(0,
                                            std::strlen("2026-11-30T02:30:00"));
  std::ranges::replace(text, ':', '-');
  return fmt::format("{}Z-{}{}", text, what, extension);
}

bool is_black_box_name(std::string_view name) noexcept {
  constexpr auto form = name_of_second;
  if (name.size() > 100 || name.size() <= form.size() + extension.size()
      || !name.ends_with(extension))
    return false;
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (size_t i = 0; i < form.size(); ++i)
    if (form[i] == 'd' ? !is_digit(name[i]) : name[i] != form[i])
      return false;
  name.remove_suffix(extension.size());
  return std::ranges::all_of(name.substr(form.size()), [&](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || is_digit(c);
  });
}

std::vector<std::string> list_records(const std::string& directory) {
  std::vector<dated_name> dated;
  for (auto& name : names_in(directory))
    if (is_black_box_name(name))
      dated.push_back(date(directory, std::move(name)));
  std::ranges::sort(dated);
  std::vector<std::string> result;
  for (auto& [second, nanoseconds, name] : dated)
    result.push_back(std::move(name));
  return result;
}

void prune_records(const std::string& directory, size_t most,
                   const std::string& newest) {
  for (const auto& name : names_in(directory)) {
    auto path = directory + '/' + name;
    if (is_partial_name(name) && is_left(path))
      ::unlink(path.c_str());
  }
  auto records = list_records(directory);
  // Its name is of the past where the clock has gone back.
  auto newest_name = std::filesystem::path{newest}.filename().string();
  std::stable_partition(records.begin(), records.end(),
                        [&](const auto& x) { return x != newest_name; });
  for (size_t i = 0; i + most < records.size(); ++i)
    ::unlink((directory + '/' + records[i]).c_str());
}

std::optional<mcap_metadata> read_record_metadata(const std::string& path) {
  auto bytes = beginning_of(path);
  part file{bytes};
  constexpr auto magic_size = 8;
  file.take(magic_size);
  while (file.good() && !file.empty()) {
    auto opcode = file.number(1);
    part content{file.take(file.number(8))};
    constexpr auto metadata_opcode = 0x0c;
    if (opcode != metadata_opcode || !file.good())
      continue;
    mcap_metadata result;
    auto name = content.text();
    part items{content.text()};
    while (items.good() && !items.empty()) {
      std::string key{items.text()};
      result[key] = items.text();
    }
    if (name == record_metadata_name && content.good() && items.good())
      return result;
  }
  return std::nullopt;
}

std::optional<std::string> find_record(const std::string& directory,
                                       const std::string& started, int pid) {
  auto names = list_records(directory);
  for (auto i = names.rbegin(); i != names.rend(); ++i) {
    auto path = directory + '/' + *i;
    auto found = read_record_metadata(path);
    if (found && (*found)["started"] == started
        && (*found)["pid"] == std::to_string(pid)
        && (*found)["end"] != record_by_command)
      return path;
  }
  return std::nullopt;
}

} // namespace rr
