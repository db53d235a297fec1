// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/recent_output.hpp"

#include <algorithm>
#include <iterator>

#include "messages/utf8.hpp"

namespace rr {

recent_output::recent_output(size_t lines, size_t line_bytes, size_t children)
  : lines_(lines),
    line_bytes_(line_bytes),
    children_(children) {
}

void recent_output::take(const output_line& line) {
  auto text = std::string{utf8_prefix(line.text, line_bytes_)};
  std::lock_guard guard{mutex_};
  auto found = std::find_if(all_.begin(), all_.end(),
                            [&](const child& x) { return x.pid == line.pid; });
  if (found == all_.end()) {
    all_.push_front({line.pid, {}});
    if (all_.size() > children_)
      all_.pop_back();
  } else {
    all_.splice(all_.begin(), all_, found);
  }
  auto& lines = all_.front().lines;
  lines.push_back(std::move(text));
  if (lines.size() > lines_)
    lines.pop_front();
}

std::vector<std::string> recent_output::take_out(int32_t pid) {
  std::lock_guard guard{mutex_};
  auto found = std::find_if(all_.begin(), all_.end(),
                            [&](const child& x) { return x.pid == pid; });
  if (found == all_.end())
    return {};
  auto& lines = found->lines;
  std::vector<std::string> result{std::make_move_iterator(lines.begin()),
                                  std::make_move_iterator(lines.end())};
  all_.erase(found);
  return result;
}

} // namespace rr
