// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/ring_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bridges/black_box/crc32.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using namespace ring_format;

constexpr size_t full_batch = 65'536;

template <class T>
std::string_view bytes_of(const T& value) noexcept {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

} // namespace

caf::expected<std::unique_ptr<ring_writer>>
ring_writer::make(std::string path, size_t size, ring_description what) {
  // Who reads the one before goes on reading that.
  ::unlink(path.c_str());
  auto file = file_descriptor{
    ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file)
    return system_error("cannot write " + path, errno);
  std::unique_ptr<ring_writer> result{
    new ring_writer(std::move(path), size, std::move(file))};
  if (auto failed = result->describe(std::move(what)))
    return failed;
  return result;
}

ring_writer::ring_writer(std::string path, size_t size, file_descriptor file)
  : path_(std::move(path)),
    file_(std::move(file)),
    room_((std::min(std::max(size, min_size), max_size) - head_size)
          & ~(alignment - 1)) {
}

void ring_writer::append(const kept_record& record) {
  if (record_size(record.text.size()) > room_ / 4) {
    lose(1);
    return;
  }
  if (since_repeated_ > room_ / 2)
    repeat();
  if (is_lasting(record.kind)) {
    auto& last = last_[{record.kind, record.topic}];
    last_size_ += record.text.size() - last.text.size();
    last = {record.time, record.steady, std::string{record.text}};
  }
  auto fresh = record;
  fresh.is_repeated = false;
  put(fresh);
}

/// Where all of it takes more than a quarter of the ring, what there is of
/// devices is not repeated: it would leave no room for what is new.
void ring_writer::repeat() {
  since_repeated_ = 0;
  auto all = last_size_ + last_.size() * record_size(0) <= room_ / 4;
  for (const auto& [key, last] : last_)
    if (all || key.first == kept_kind::state)
      put({0, key.first, key.second, true, last.time, last.steady, last.text});
}

void ring_writer::put(const kept_record& record) {
  auto size = record_size(record.text.size());
  if (head_.position + batch_.size() + size > room_)
    begin_lap();
  record_head head;
  head.text_size = static_cast<uint32_t>(record.text.size());
  head.kind = static_cast<uint16_t>(record.kind);
  if (record.is_repeated)
    head.kind |= repeated_bit;
  head.topic = record.topic;
  head.sequence = ++head_.sequence;
  head.time = std::chrono::duration_cast<std::chrono::nanoseconds>(
                record.time.time_since_epoch())
                .count();
  head.steady = record.steady.count();
  constexpr auto before = offsetof(record_head, text_size);
  head.sum = crc32(record.text, crc32(bytes_of(head).substr(before)));
  batch_ += bytes_of(head);
  batch_ += record.text;
  batch_.append(size - sizeof(head) - record.text.size(), '\0');
  ++batch_count_;
  since_repeated_ += size;
  if (batch_.size() >= full_batch)
    if (auto failed = write_batch())
      failure_ = std::move(failed);
}

/// What an older lap has left between here and the end must not be read.
void ring_writer::begin_lap() {
  auto before = head_.position;
  if (auto failed = write_batch())
    failure_ = std::move(failed);
  // It has begun one already, in less room.
  if (head_.position < before)
    return;
  std::string nothing(room_ - head_.position, '\0');
  struct stat status {};
  // Where there was no lap before, there is nothing.
  if (::fstat(file_.get(), &status) == 0
      && static_cast<size_t>(status.st_size) > head_size + head_.position)
    write_at(head_.position, nothing);
  head_.position = 0;
}

caf::error ring_writer::flush() {
  if (auto failed = write_batch())
    failure_ = std::move(failed);
  if (auto failed = write_head(false))
    failure_ = std::move(failed);
  return std::exchange(failure_, caf::error{});
}

caf::error ring_writer::write_batch() {
  if (batch_.empty())
    return {};
  auto failed = write_at(head_.position, batch_);
  if (failed && head_.position >= min_size / 2) {
    // No more than this has room: the oldest is there.
    room_ = head_.position;
    head_.position = 0;
    failed = write_at(0, batch_);
  }
  if (failed)
    head_.lost += batch_count_;
  else
    head_.position += batch_.size();
  batch_.clear();
  batch_count_ = 0;
  return failed;
}

caf::error ring_writer::describe(ring_description what) {
  description_ = std::move(what);
  return write_head(true);
}

caf::error ring_writer::write_head(bool with_description) {
  std::string text;
  if (with_description) {
    text = text_of(description_);
    head_.text_size = static_cast<uint32_t>(text.size());
    head_.text_sum = crc32(text);
  }
  text.insert(0, bytes_of(head_));
  auto written = ::pwrite(file_.get(), text.data(), text.size(), 0);
  if (written == static_cast<ssize_t>(text.size()))
    return {};
  return system_error("cannot write " + path_, written < 0 ? errno : ENOSPC);
}

/// @param offset behind the head.
caf::error ring_writer::write_at(size_t offset, std::string_view text) const {
  auto where = head_size + offset;
  while (!text.empty()) {
    auto written = ::pwrite(file_.get(), text.data(), text.size(),
                            static_cast<off_t>(where));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return system_error("cannot write " + path_, written < 0 ? errno : EIO);
    text.remove_prefix(static_cast<size_t>(written));
    where += static_cast<size_t>(written);
  }
  return {};
}

} // namespace rr
