// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace rr {

/// A folder of its own for one test, removed with all that is in it at its end.
class temporary_folder {
public:
  temporary_folder() {
    auto pattern
      = (std::filesystem::temp_directory_path() / "rr-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error{"cannot make a temporary folder"};
    path_ = pattern;
  }

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const noexcept {
    return path_;
  }

  /// The path of a file in it, which need not exist.
  std::string file(const std::string& name) const {
    return (path_ / name).string();
  }

  /// The address of a UNIX socket in it.
  std::string ipc(const std::string& name) const {
    return "ipc://" + file(name);
  }

  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    auto result = file(name);
    std::ofstream{result} << text;
    return result;
  }

private:
  std::filesystem::path path_;
};

} // namespace rr
