// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/new_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

namespace fs = std::filesystem;

caf::error cannot_make(const std::string& path, int cause) {
  return system_error("cannot make " + visible_path(path), cause);
}

/// Which of these are there, also as links that lead nowhere.
caf::error refuse_present(const fs::path& folder,
                          std::span<const new_file> files) {
  std::vector<std::string> present;
  for (const auto& file : files) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(folder / file.name, ignored)))
      present.push_back(visible_path((folder / file.name).string()));
  }
  if (present.empty())
    return {};
  std::string names;
  for (size_t i = 0; i < present.size(); ++i)
    names += (i == 0                   ? ""
              : i + 1 < present.size() ? ", "
                                       : " and ")
             + present[i];
  return caf::make_error(ec::system_error,
                         "cannot make " + names
                           + (present.size() == 1 ? ": it is" : ": they are")
                           + " there already");
}

/// @returns an `errno` value.
int write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return written < 0 ? errno : EIO;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

/// A folder's path without a slash at its end, empty for the working directory.
fs::path plain_path(const std::string& folder) {
  auto result = fs::path{folder}.lexically_normal();
  if (!result.has_filename() && result.has_relative_path())
    result = result.parent_path();
  return result == "." ? fs::path{} : result;
}

/// Takes away what was made, unless all of it is kept.
class made_files {
public:
  made_files() = default;
  made_files(const made_files&) = delete;
  made_files& operator=(const made_files&) = delete;

  ~made_files() {
    for (auto path = paths_.rbegin(); path != paths_.rend(); ++path) {
      std::error_code ignored;
      fs::remove(*path, ignored);
    }
  }

  void keep() noexcept {
    paths_.clear();
  }

  caf::error make_folder(const fs::path& folder) {
    std::error_code failed;
    if (folder.empty() || fs::is_directory(folder, failed))
      return {};
    if (auto above = make_folder(folder.parent_path()))
      return above;
    if (::mkdir(folder.c_str(), 0777) != 0)
      return cannot_make(folder.string(), errno);
    paths_.push_back(folder);
    return {};
  }

  caf::error make_file(const fs::path& path, const new_file& file) {
    file_descriptor fd{::open(path.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                              file.executable ? 0777 : 0666)};
    if (!fd)
      return cannot_make(path.string(), errno);
    paths_.push_back(path);
    auto cause = write_whole(fd.get(), file.text);
    return cause == 0 ? caf::error{} : cannot_make(path.string(), cause);
  }

private:
  std::vector<fs::path> paths_;
};

} // namespace

caf::error make_files(const std::string& folder,
                      std::span<const new_file> files) {
  auto where = plain_path(folder);
  if (auto refused = refuse_present(where, files))
    return refused;
  made_files made;
  if (auto failed = made.make_folder(where))
    return failed;
  for (const auto& file : files)
    if (auto failed = made.make_file(where / file.name, file))
      return failed;
  made.keep();
  return {};
}

} // namespace rr
