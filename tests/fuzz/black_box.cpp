// SPDX-License-Identifier: BSD-3-Clause

// The memory of a black box that a runtime has left, and the beginning of a
// file: whoever may write in these directories may have written anything. First
// the bytes as they are; then what they say, in records with right check sums.

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "bridges/black_box/record_directory.hpp"
#include "bridges/black_box/ring_export.hpp"
#include "bridges/black_box/ring_reader.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

/// A file in memory, whose name is that of this process.
std::string write_ring(std::string_view text) {
  auto path = "/dev/shm/rr-fuzz-" + std::to_string(::getpid());
  auto file = file_descriptor{::open(
    path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
  require(::write(file.get(), text.data(), text.size())
            == static_cast<ssize_t>(text.size()),
          "there is room for an input");
  return path;
}

void check_export(const ring_contents& contents) {
  std::string file;
  mcap_writer out{[&](std::string_view more) {
    file += more;
    return caf::error{};
  }};
  ring_export all{out};
  all.describe(contents.description);
  all.add(contents);
  all.add(contents);
  all.count();
  require(!out.finish(), "a file is made of whatever there is");
  require(file.ends_with("MCAP0\r\n"), "the file is whole");
}

void check_ring(std::string_view text) {
  auto path = write_ring(text);
  if (auto ring = ring_reader::open(path)) {
    auto contents = (*ring)->read();
    require(static_cast<bool>(contents), "a ring can be read");
    for (size_t i = 1; i < contents->records.size(); ++i)
      require(contents->records[i - 1].sequence < contents->records[i].sequence,
              "records are in their order");
    auto again = (*ring)->read();
    require(again && again->records.empty(), "nothing comes twice");
    check_export(*contents);
  }
  read_record_metadata(path);
  ::unlink(path.c_str());
}

void check_records(fuzz::pieces from) {
  ring_contents contents;
  contents.description.keep = std::chrono::nanoseconds{from.number<int64_t>()};
  while (!from.empty() && contents.records.size() < 100) {
    kept_record record;
    record.sequence = contents.records.size() + 1;
    record.kind = static_cast<kept_kind>(1 + from.number<uint8_t>() % 6);
    record.topic = from.number<uint8_t>() % 4;
    record.is_repeated = record.topic % 2 != 0;
    record.steady = std::chrono::nanoseconds{from.number<uint32_t>()};
    record.text = fuzz::as_text(from.take(from.number<uint8_t>()));
    contents.records.push_back(record);
  }
  check_export(contents);
}

} // namespace

FUZZ_TARGET(black_box) {
  auto text = fuzz::as_text(bytes);
  check_ring(text);
  ring_format::file_head head;
  check_ring(
    std::string{reinterpret_cast<const char*>(&head), sizeof(head)}.append(
      text));
  check_records(fuzz::pieces{bytes});
}
