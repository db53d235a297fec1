// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/process_start_time.hpp"

#include <cstdlib>
#include <fstream>
#include <string>

namespace rr {

std::optional<uint64_t> process_start_time(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  if (!std::getline(file, text, '\0'))
    return std::nullopt;
  // The second field is a name in parentheses, and may contain anything.
  auto position = text.rfind(')');
  if (position == std::string::npos)
    return std::nullopt;
  constexpr int fields_between = 20;
  for (int i = 0; i < fields_between && position != std::string::npos; ++i)
    position = text.find(' ', position + 1);
  if (position == std::string::npos)
    return std::nullopt;
  return std::strtoull(text.c_str() + position, nullptr, 10);
}

} // namespace rr
