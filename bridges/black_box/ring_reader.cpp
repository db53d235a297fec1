// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/ring_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "bridges/black_box/crc32.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using namespace ring_format;

bool is_known(uint16_t kind) noexcept {
  return kind >= static_cast<uint16_t>(kept_kind::log)
         && kind <= static_cast<uint16_t>(kept_kind::topic);
}

/// The record that a memory begins with.
std::optional<kept_record> record_at(std::string_view memory) {
  record_head head;
  if (memory.size() < sizeof(head))
    return std::nullopt;
  std::memcpy(&head, memory.data(), sizeof(head));
  if (head.magic != record_head::right_magic
      || head.text_size > memory.size() - sizeof(head))
    return std::nullopt;
  constexpr auto before = offsetof(record_head, text_size);
  auto summed = sizeof(head) - before + head.text_size;
  auto kind = static_cast<uint16_t>(head.kind & ~repeated_bit);
  if (crc32(memory.substr(before, summed)) != head.sum || !is_known(kind))
    return std::nullopt;
  kept_record result;
  result.sequence = head.sequence;
  result.kind = static_cast<kept_kind>(kind);
  result.topic = head.topic;
  result.is_repeated = (head.kind & repeated_bit) != 0;
  result.time = std::chrono::system_clock::time_point{
    std::chrono::nanoseconds{std::max<int64_t>(head.time, 0)}};
  result.steady = std::chrono::nanoseconds{std::max<int64_t>(head.steady, 0)};
  result.text = memory.substr(sizeof(head), head.text_size);
  return result;
}

} // namespace

caf::expected<std::unique_ptr<ring_reader>>
ring_reader::open(std::string path) {
  // Of a FIFO nothing is waited for.
  auto file = file_descriptor{
    ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0)
    return system_error("cannot read " + path, errno);
  if (!S_ISREG(status.st_mode))
    return system_error("cannot read " + path, EINVAL);
  std::unique_ptr<ring_reader> result{
    new ring_reader(std::move(path), std::move(file))};
  if (auto failed = result->read_head())
    return failed;
  return result;
}

ring_reader::ring_reader(std::string path, file_descriptor file)
  : path_(std::move(path)),
    file_(std::move(file)) {
}

caf::expected<ring_contents> ring_reader::read() {
  if (auto failed = read_head())
    return failed;
  ring_contents result;
  result.description = description_;
  result.lost = head_.lost;
  if (head_.sequence != sequence_ || sequence_ == 0)
    if (!read_next(result))
      if (auto failed = read_all(result))
        return failed;
  if (result.records.empty())
    return result;
  if (sequence_ != 0)
    result.missed = result.records.front().sequence - sequence_ - 1;
  sequence_ = result.records.back().sequence;
  position_ = sequence_ == head_.sequence ? head_.position : 0;
  return result;
}

bool ring_reader::is_empty() const {
  struct stat status {};
  return ::fstat(file_.get(), &status) == 0
         && status.st_size <= static_cast<off_t>(head_size);
}

caf::error ring_reader::read_head() {
  auto text = read_from(0, head_size);
  if (!text)
    return std::move(text.error());
  if (text->size() >= sizeof(head_))
    std::memcpy(&head_, text->data(), sizeof(head_));
  if (text->size() < sizeof(head_) || head_.magic != file_head::right_magic)
    return caf::make_error(ec::system_error,
                           "cannot read " + path_ + ": it is no black box");
  auto described = std::string_view{*text}.substr(sizeof(head_));
  described = described.substr(0, head_.text_size);
  if (described.size() == head_.text_size && crc32(described) == head_.text_sum)
    description_ = description_of(described);
  return {};
}

/// Reads on from where the last call has ended.
/// @returns whether that was all that there is.
bool ring_reader::read_next(ring_contents& result) const {
  if (position_ == 0 || head_.position <= position_
      || head_.position > max_size)
    return false;
  auto memory = read_from(head_size + position_, head_.position - position_);
  if (!memory)
    return false;
  result.memory = std::make_unique<std::string>(std::move(*memory));
  auto rest = std::string_view{*result.memory};
  auto last = sequence_;
  while (auto record = record_at(rest)) {
    if (record->sequence != last + 1)
      break;
    last = record->sequence;
    rest.remove_prefix(std::min(record_size(record->text.size()), rest.size()));
    result.records.push_back(*record);
  }
  if (last == head_.sequence)
    return true;
  result.records.clear();
  return false;
}

/// Looks for records wherever one may begin: of one that was being written, and
/// of those that it has been written over, nothing is known.
caf::error ring_reader::read_all(ring_contents& result) const {
  auto memory = read_from(head_size, max_size);
  if (!memory)
    return std::move(memory.error());
  result.memory = std::make_unique<std::string>(std::move(*memory));
  auto rest = std::string_view{*result.memory};
  auto& records = result.records;
  while (rest.size() >= sizeof(record_head)) {
    auto record = record_at(rest);
    auto size = record ? record_size(record->text.size()) : alignment;
    rest.remove_prefix(std::min(size, rest.size()));
    if (record && record->sequence > sequence_)
      records.push_back(*record);
  }
  std::ranges::sort(records, {}, &kept_record::sequence);
  auto same = [](const kept_record& x, const kept_record& y) {
    return x.sequence == y.sequence;
  };
  records.erase(std::unique(records.begin(), records.end(), same),
                records.end());
  return {};
}

/// @returns less where the file ends.
caf::expected<std::string> ring_reader::read_from(size_t offset,
                                                  size_t size) const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0)
    return system_error("cannot read " + path_, errno);
  auto end = static_cast<size_t>(std::max<off_t>(status.st_size, 0));
  std::string result(std::min(size, end - std::min(offset, end)), '\0');
  size_t done = 0;
  while (done < result.size()) {
    auto count = ::pread(file_.get(), result.data() + done,
                         result.size() - done,
                         static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return system_error("cannot read " + path_, errno);
    if (count == 0)
      break;
    done += static_cast<size_t>(count);
  }
  result.resize(done);
  return result;
}

} // namespace rr
