// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <caf/error.hpp>

namespace rr {

/// A file that is not there yet.
struct new_file {
  std::string_view name;
  std::string_view text;
  bool executable = false;
};

/// Makes files in a folder, and the folder with those above it where they are
/// missing: all of them or, when one cannot be made, none. Overwrites nothing.
/// @returns `ec::system_error`, such as `cannot make x/a and x/b: they are
/// there
///          already`.
caf::error make_files(const std::string& folder,
                      std::span<const new_file> files);

} // namespace rr
