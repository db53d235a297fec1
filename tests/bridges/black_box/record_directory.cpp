// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE record_directory

#include "bridges/black_box/record_directory.hpp"

#include <caf/test/dsl.hpp>

#include <filesystem>
#include <random>

#include <sys/stat.h>
#include <utime.h>

#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace record_directory_suite {

namespace fs = std::filesystem;

namespace {

using texts = std::vector<std::string>;

struct fixture {
  temporary_folder folder;
  std::string path = folder.path().string();

  std::string finish(const std::string& name, const std::string& text,
                     bool replaces = false) {
    auto file = partial_file::make(folder.file(name));
    CAF_REQUIRE(file);
    CAF_CHECK(!(*file)->write(text));
    auto result = (*file)->finish(replaces);
    CAF_REQUIRE(result);
    return fs::path{*result}.filename();
  }

  texts names() const {
    texts result;
    for (const auto& each : fs::directory_iterator{folder.path()})
      result.push_back(each.path().filename());
    std::sort(result.begin(), result.end());
    return result;
  }

  /// A record of a run.
  std::string write_record_of(const std::string& name,
                              const mcap_metadata& what) {
    std::string bytes;
    mcap_writer out{[&](std::string_view more) {
      bytes += more;
      return caf::error{};
    }};
    out.write_metadata(record_metadata_name, what);
    CAF_CHECK(!out.finish());
    folder.write(name, bytes);
    return bytes;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(record_directory_tests, fixture)

CAF_TEST(what is no regular file stays what it is) {
  auto fifo = folder.file("fifo");
  CAF_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  auto link = folder.file("link");
  fs::create_symlink(fifo, link);
  for (const auto& name : {fifo, link}) {
    auto file = partial_file::make(name);
    CAF_REQUIRE(!file);
    CAF_CHECK_EQUAL(describe(file.error()),
                    "cannot write " + name
                      + ": is no regular file, expected another path");
  }
  CAF_CHECK(fs::is_fifo(fifo));
  CAF_CHECK(names() == (texts{"fifo", "link"}));
  auto directory = partial_file::make(path);
  CAF_REQUIRE(!directory);
  CAF_CHECK(describe(directory.error()).ends_with("is a directory"));
}

CAF_TEST(a link stays and what it points to is written) {
  folder.write("real.mcap", "old");
  fs::create_symlink(folder.file("real.mcap"), folder.file("link.mcap"));
  CAF_CHECK_EQUAL(finish("link.mcap", "new", true), "real.mcap");
  CAF_CHECK(fs::is_symlink(folder.file("link.mcap")));
  CAF_CHECK_EQUAL(fs::file_size(folder.file("real.mcap")), 3u);
  CAF_CHECK(names() == (texts{"link.mcap", "real.mcap"}));
  fs::create_symlink("new.mcap", folder.file("to.mcap"));
  fs::create_symlink("to.mcap", folder.file("from.mcap"));
  CAF_CHECK_EQUAL(finish("from.mcap", "new", true), "new.mcap");
  CAF_CHECK(fs::is_symlink(folder.file("from.mcap")));
  CAF_CHECK(fs::is_symlink(folder.file("to.mcap")));
  CAF_CHECK_EQUAL(fs::file_size(folder.file("new.mcap")), 3u);
}

CAF_TEST(a name tells when and what) {
  auto time = std::chrono::system_clock::time_point{1'796'005'800s};
  CAF_CHECK_EQUAL(record_name(time, "emergency-stop"),
                  "2026-11-30T02-30-00Z-emergency-stop.mcap");
  CAF_CHECK(is_black_box_name("2026-11-30T02-30-00Z-emergency-stop.mcap"));
  CAF_CHECK(is_black_box_name("2026-11-30T02-30-00Z-failure-2.mcap"));
  for (const auto* bad :
       {"", ".mcap", "a.mcap", "2026-11-30T02-30-00Z-.mcap",
        "2026-11-30T02-30-00Z-a/b.mcap", "2026-11-30T02-30-00Z-a.mcap.part",
        "2026-11-30T02:30:00Z-a.mcap", "2026-11-30T02-30-00Z-..mcap",
        "../2026-11-30T02-30-00Z-a.mcap", "2026-11-30T02-30-00Z-A.mcap"})
    if (is_black_box_name(bad))
      CAF_ERROR("taken for a record: " << bad);
}

CAF_TEST(a file has its name once it is whole) {
  {
    auto file = partial_file::make(folder.file("a.mcap"));
    CAF_REQUIRE(file);
    CAF_CHECK(!(*file)->write("half"));
    CAF_CHECK(!fs::exists(folder.file("a.mcap")));
  }
  CAF_CHECK_EQUAL(names(), texts{});
  CAF_CHECK_EQUAL(finish("a.mcap", "whole"), "a.mcap");
  CAF_CHECK_EQUAL(names(), texts{"a.mcap"});
}

CAF_TEST(a name that is taken gets a number unless it is to be replaced) {
  CAF_CHECK_EQUAL(finish("a.mcap", "1"), "a.mcap");
  CAF_CHECK_EQUAL(finish("a.mcap", "22"), "a-2.mcap");
  CAF_CHECK_EQUAL(finish("a.mcap", "333"), "a-3.mcap");
  CAF_CHECK_EQUAL(finish("a.mcap", "4444", true), "a.mcap");
  CAF_CHECK_EQUAL(fs::file_size(folder.file("a.mcap")), 4u);
  CAF_CHECK_EQUAL(fs::file_size(folder.file("a-2.mcap")), 2u);
}

CAF_TEST(the oldest are removed and nothing that is no record) {
  folder.write("notes.mcap", "mine");
  folder.write("readme", "mine");
  texts kept;
  for (auto day = 10; day < 20; ++day)
    folder.write("2026-11-" + std::to_string(day) + "T00-00-00Z-failure.mcap",
                 "");
  prune_records(path, 3, {});
  CAF_CHECK_EQUAL(list_records(path),
                  (texts{"2026-11-17T00-00-00Z-failure.mcap",
                         "2026-11-18T00-00-00Z-failure.mcap",
                         "2026-11-19T00-00-00Z-failure.mcap"}));
  CAF_CHECK(fs::exists(folder.file("notes.mcap")));
  CAF_CHECK(fs::exists(folder.file("readme")));
}

CAF_TEST(of one second the first that was written is the oldest) {
  texts written{"2026-11-30T00-00-00Z-record.mcap",
                "2026-11-30T00-00-00Z-record-2.mcap",
                "2026-11-30T00-00-00Z-failure.mcap",
                "2026-11-30T00-00-00Z-record-10.mcap"};
  for (size_t i = 0; i < written.size(); ++i) {
    folder.write(written[i], "");
    utimbuf time{1000, static_cast<time_t>(2000 + i)};
    ::utime(folder.file(written[i]).c_str(), &time);
  }
  CAF_CHECK_EQUAL(list_records(path), written);
  prune_records(path, 2, {});
  CAF_CHECK_EQUAL(list_records(path), (texts{written[2], written[3]}));
}

CAF_TEST(the newest stays though the clock has gone back) {
  std::string newest = "1970-01-01T00-00-09Z-emergency-stop.mcap";
  folder.write(newest, "");
  for (auto day = 10; day < 15; ++day)
    folder.write("2026-11-" + std::to_string(day) + "T00-00-00Z-failure.mcap",
                 "");
  prune_records(path, 2, folder.file(newest));
  CAF_CHECK_EQUAL(list_records(path),
                  (texts{newest, "2026-11-14T00-00-00Z-failure.mcap"}));
  prune_records(path, 1, folder.file(newest));
  CAF_CHECK_EQUAL(list_records(path), texts{newest});
}

CAF_TEST(what a killed writer has left is removed and nothing else) {
  auto mine = partial_file::make(folder.file("2026-11-30T00-00-00Z-stop.mcap"));
  CAF_REQUIRE(mine);
  const std::string left = "2026-11-30T00-00-00Z-failure.mcap.12.mcap.part";
  const std::string young = "2026-11-30T00-00-00Z-record.mcap.7.mcap.part";
  folder.write(left, "left");
  folder.write(young, "young");
  folder.write("drive.mcap.12.mcap.part", "of a person");
  folder.write("other.mcap.part", "of another program");
  for (const auto& name : names())
    if (name != young) {
      utimbuf old{1000, 1000};
      ::utime(folder.file(name).c_str(), &old);
    }
  prune_records(path, 3, {});
  CAF_CHECK_EQUAL(names().size(), 4u);
  CAF_CHECK(!fs::exists(folder.file(left)));
  CAF_CHECK((*mine)->finish(false));
}

CAF_TEST(a record is found by its run) {
  mcap_metadata run{{"started", "then"}, {"pid", "17"}, {"end", "failure"}};
  write_record_of("2026-11-30T00-00-00Z-failure.mcap", run);
  run["end"] = record_by_command;
  write_record_of("2026-11-30T00-00-01Z-record.mcap", run);
  run["end"] = "failure";
  run["pid"] = "18";
  write_record_of("2026-11-30T00-00-02Z-failure.mcap", run);
  auto found = find_record(path, "then", 17);
  CAF_REQUIRE(found);
  CAF_CHECK_EQUAL(*found, folder.file("2026-11-30T00-00-00Z-failure.mcap"));
  CAF_CHECK(!find_record(path, "then", 19));
  CAF_CHECK(!find_record(path, "earlier", 17));
  CAF_CHECK(!find_record(folder.file("none"), "then", 17));
}

CAF_TEST(no bytes of an enemy make the search fail) {
  auto name = std::string{"2026-11-30T00-00-00Z-failure.mcap"};
  auto good = write_record_of(name, {{"started", "then"}, {"pid", "17"}});
  std::mt19937 random{3};
  for (auto round = 0; round < 500; ++round) {
    auto bad = good.substr(0, random() % (good.size() + 1));
    for (auto i = random() % 5; i > 0 && !bad.empty(); --i)
      bad[random() % bad.size()] = static_cast<char>(random());
    folder.write(name, bad);
    read_record_metadata(folder.file(name));
  }
  fs::remove(folder.file(name));
  ::mkfifo(folder.file(name).c_str(), 0600);
  CAF_CHECK(!read_record_metadata(folder.file(name)));
}

CAF_TEST(a directory that cannot be written is told) {
  auto file = partial_file::make(folder.file("none/a.mcap"));
  CAF_REQUIRE(!file);
  CAF_CHECK_EQUAL(describe(file.error()), "cannot write "
                                            + folder.file("none/a.mcap")
                                            + ": no such file or directory");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace record_directory_suite
