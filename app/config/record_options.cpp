// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/record_options.hpp"

namespace rr {

std::string records_directory(const options& opts) {
  auto given = opts.get<std::string>("record.directory");
  return given.empty()
           ? opts.get<std::string>("application.state-directory") + "/records"
           : given;
}

std::string black_box_memory(const options& opts) {
  return opts.get<std::string>("application.runtime-directory") + "/black-box";
}

} // namespace rr
