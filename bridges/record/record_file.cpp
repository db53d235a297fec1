// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/record/record_file.hpp"

#include <algorithm>
#include <utility>

namespace rr {

namespace {

size_t count_lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace

record_file::record_file(const state_directory& directory, std::string name)
  : directory_(&directory),
    name_(std::move(name)) {
}

caf::expected<std::string> record_file::read() {
  auto text = directory_->read(name_, max_size);
  if (!text) {
    spoil();
    return std::move(text.error());
  }
  auto result = std::move(*text).value_or(std::string{});
  lines_ = count_lines(result);
  size_ = result.size();
  return result;
}

void record_file::add(const std::string& line) {
  size_ += line.size();
  ++lines_;
  // It is written as a whole then, and nothing need wait in memory for a disk.
  // Half of what is read: what a crash has left of a line comes on top.
  if (size_ > max_size / 2)
    spoil();
  if (spoilt_)
    waiting_.clear();
  else
    waiting_ += line;
}

caf::error record_file::write(size_t most, const whole_text& whole) {
  if (!waits())
    return {};
  if (!spoilt_ && lines_ <= most) {
    auto failed = directory_->append(name_, waiting_);
    // A part of it may be there.
    spoilt_ = static_cast<bool>(failed);
    waiting_.clear();
    return failed;
  }
  spoilt_ = true;
  waiting_.clear();
  auto text = whole();
  if (auto failed = directory_->replace(name_, text))
    return failed;
  spoilt_ = false;
  lines_ = count_lines(text);
  size_ = text.size();
  return {};
}

} // namespace rr
