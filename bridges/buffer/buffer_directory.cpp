// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_directory.hpp"

#include "bridges/buffer/memory_segment.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// What is behind a name, if it is a buffer that bears it.
caf::expected<buffer_name> read_name(const std::string& object) {
  auto segment = memory_segment::open(object);
  if (!segment)
    return std::move(segment.error());
  auto layout = read_description(segment->bytes(), object);
  if (!layout)
    return std::move(layout.error());
  return std::move(layout->name);
}

} // namespace

std::vector<buffer_name> list_buffers(const std::string& prefix) {
  std::vector<buffer_name> result;
  for (const auto& object : list_segments(prefix + "-"))
    // A prefix may be the beginning of another one: the object knows.
    if (auto name = read_name(object);
        name && name->prefix == prefix && to_string(*name) == object)
      result.push_back(std::move(*name));
  return result;
}

std::vector<unreadable_buffer> list_unreadable(const std::string& prefix) {
  std::vector<unreadable_buffer> result;
  for (const auto& object : list_segments(prefix + "-")) {
    // A number at its end; the robot's state has none.
    auto last = object.find_last_not_of("0123456789");
    if (last == object.npos || last + 1 == object.size() || object[last] != '-'
        || last <= prefix.size())
      continue;
    auto name = read_name(object);
    // Whoever has removed it meanwhile has not hidden it.
    if (!name && name.error() != ec::unknown_device)
      result.push_back({object, std::move(name.error())});
  }
  return result;
}

caf::error remove_buffer(const buffer_name& name) {
  if (auto buffer = shared_buffer::open(name))
    (*buffer)->set_valid(false);
  return remove_segment(to_string(name));
}

size_t remove_buffers(const std::string& prefix) {
  size_t result = 0;
  // First: whoever finds a buffer that is made after this finds the table that
  // its readers find.
  remove_segment(requesters_name(prefix));
  for (const auto& name : list_buffers(prefix))
    if (!remove_buffer(name))
      ++result;
  return result;
}

} // namespace rr
