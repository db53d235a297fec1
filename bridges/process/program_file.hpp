// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace rr {

/// What keeps the kernel from executing a file.
struct program_fault {
  enum class kind {
    none,
    /// The file is not there, cannot be reached, or is not executable.
    file,
    /// What is in it is nothing that this machine executes.
    format,
    /// The same for its interpreter or dynamic linker, which the text names.
    interpreter,
  };

  kind what = kind::none;

  /// For a sentence that begins with the file's name, such as `is a directory`.
  std::string text;

  explicit operator bool() const noexcept {
    return what != kind::none;
  }
};

/// What keeps the kernel from executing a file, as far as that can be told
/// without executing it.
///
/// Looks at the file itself (there, regular, executable, not on a file system
/// without execution), at what is in it (ELF for this machine, or a script with
/// an interpreter line, or whatever else the kernel has been taught), and at
/// its interpreter, for which the same holds. What cannot be seen, as a
/// carriage return at the end of a script's first line, is made visible.
/// Never blocks on what is no regular file.
/// @param directory the working directory of the program, empty for our own:
///        there relative paths begin, an interpreter's too.
program_fault inspect_program_file(const std::string& path,
                                   const std::string& directory = {});

/// The same for a program that is looked up as the launcher does: in `PATH`
/// when its name has no slash. Of several faults in `PATH` the first file that
/// is there counts; `is in no directory of PATH` when none is.
/// @param search_path the child's `PATH`; an empty entry is the working
///        directory.
program_fault inspect_program(const std::string& program,
                              const std::string& directory,
                              std::string_view search_path);

} // namespace rr
