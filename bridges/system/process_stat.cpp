// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/process_stat.hpp"

#include <charconv>
#include <fstream>

namespace rr {

std::optional<process_stat> process_stat::read(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string line;
  if (!std::getline(file, line, '\0'))
    return std::nullopt;
  return parse(line);
}

std::optional<process_stat> process_stat::parse(std::string_view line) {
  auto name_end = line.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= line.size())
    return std::nullopt;
  return process_stat{std::string{line.substr(name_end + 2)}};
}

std::optional<uint64_t> process_stat::number(int field) const noexcept {
  std::string_view rest{rest_};
  for (auto i = 3; i < field; ++i) {
    auto space = rest.find(' ');
    if (space == std::string_view::npos)
      return std::nullopt;
    rest.remove_prefix(space + 1);
  }
  uint64_t result = 0;
  auto failed
    = std::from_chars(rest.data(), rest.data() + rest.size(), result).ec;
  return failed == std::errc{} ? std::optional{result} : std::nullopt;
}

std::optional<uint64_t> process_start_time(pid_t pid) {
  constexpr auto start_time = 22;
  auto stat = process_stat::read(pid);
  return stat ? stat->number(start_time) : std::nullopt;
}

} // namespace rr
