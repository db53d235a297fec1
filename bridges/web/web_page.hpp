// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace rr {

/// The page as the build has put it into the program, of web/dist.
struct web_page {
  std::string_view html;
  /// The same, as gzip.
  std::string_view gzip;
  /// What it may do, for Content-Security-Policy.
  std::string_view policy;
  /// Another for each other page, in quotes; of `html` and of `gzip`.
  std::string_view tag;
  std::string_view gzip_tag;
};

const web_page& built_in_page() noexcept;

} // namespace rr
