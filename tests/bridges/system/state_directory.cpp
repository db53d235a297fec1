// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE state_directory

#include "bridges/system/state_directory.hpp"

#include <caf/test/dsl.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rr;

namespace state_directory_suite {

namespace fs = std::filesystem;

namespace {

struct fixture {
  temporary_folder folder;
  std::string path = folder.path().string() + "/var/state";

  std::unique_ptr<state_directory> open() {
    auto result = state_directory::make(path);
    if (!result)
      CAF_FAIL(describe(result.error()));
    return std::move(*result);
  }

  /// What the file has, `none` without one, or why it cannot be read.
  std::string content(const state_directory& directory,
                      const std::string& name) {
    auto result = directory.read(name, 100);
    if (!result)
      return describe(result.error());
    return result->value_or("none");
  }

  std::vector<std::string> names() {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator{path})
      result.push_back(entry.path().filename().string());
    return result;
  }
};

using name_list = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(state_directory_tests, fixture)

CAF_TEST(a missing directory is made for its owner alone) {
  open();
  struct stat status {};
  CAF_REQUIRE(::stat(path.c_str(), &status) == 0);
  CAF_CHECK_EQUAL(status.st_mode & 0777, 0700u);
}

CAF_TEST(one that others may write in is refused) {
  open();
  for (auto more : {fs::perms::group_write, fs::perms::others_write}) {
    fs::permissions(path, fs::perms::owner_all | more);
    auto result = state_directory::make(path);
    CAF_REQUIRE(!result);
    CAF_CHECK_EQUAL(describe(result.error()),
                    "cannot use " + path
                      + ": others than its owner may write in it");
  }
}

CAF_TEST(only readers do not make it) {
  auto result = state_directory::open_existing(path);
  CAF_REQUIRE(result);
  CAF_CHECK(*result == nullptr);
  CAF_CHECK(!fs::exists(path));
}

CAF_TEST(what is replaced is read and leaves nothing beside it) {
  auto directory = open();
  CAF_CHECK_EQUAL(content(*directory, "a"), "none");
  CAF_CHECK(!directory->replace("a", "one"));
  CAF_CHECK(!directory->replace("a", "two"));
  CAF_CHECK_EQUAL(content(*directory, "a"), "two");
  CAF_CHECK_EQUAL(names(), name_list{"a"});
}

CAF_TEST(a torn temporary file is written over) {
  auto directory = open();
  std::ofstream{path + "/a.new"} << std::string(1000, 'x');
  CAF_CHECK(!directory->replace("a", "one"));
  CAF_CHECK_EQUAL(content(*directory, "a"), "one");
}

CAF_TEST(what is appended comes after what is there) {
  auto directory = open();
  CAF_CHECK(!directory->append("a", "one\n"));
  CAF_CHECK(!directory->append("a", "two\n"));
  CAF_CHECK_EQUAL(content(*directory, "a"), "one\ntwo\n");
}

CAF_TEST(what is removed is gone and may be gone already) {
  auto directory = open();
  CAF_CHECK(!directory->replace("a", "one"));
  CAF_CHECK(!directory->remove("a"));
  CAF_CHECK(!directory->remove("a"));
  CAF_CHECK_EQUAL(content(*directory, "a"), "none");
}

CAF_TEST(what is no file or too large is refused) {
  auto directory = open();
  CAF_REQUIRE_EQUAL(::mkfifo((path + "/fifo").c_str(), 0600), 0);
  CAF_CHECK_EQUAL(content(*directory, "fifo"),
                  "cannot read " + path + "/fifo: invalid argument");
  CAF_CHECK(directory->append("fifo", "x"));
  CAF_CHECK(!directory->replace("a", std::string(101, 'x')));
  CAF_CHECK_EQUAL(content(*directory, "a"),
                  "cannot read " + path + "/a: file too large");
  fs::create_symlink("/etc/passwd", path + "/link");
  CAF_CHECK_NOT_EQUAL(content(*directory, "link").find("cannot read"),
                      std::string::npos);
}

CAF_TEST(to look whether it can be written leaves nothing) {
  auto directory = open();
  CAF_CHECK(!directory->look());
  CAF_CHECK_EQUAL(names(), name_list{});
  fs::remove(path);
  CAF_CHECK(directory->look());
}

CAF_TEST(one that has been moved away cannot be written) {
  auto directory = open();
  auto away = path + "-away";
  fs::rename(path, away);
  CAF_CHECK(directory->look());
  fs::create_directory(path);
  CAF_CHECK(directory->look());
  fs::remove(path);
  fs::rename(away, path);
  CAF_CHECK(!directory->look());
}

CAF_TEST(when a file was written can be told and set) {
  auto directory = open();
  CAF_CHECK(!directory->written("a"));
  CAF_CHECK(!directory->touch("a"));
  CAF_CHECK_EQUAL(names(), name_list{});
  CAF_CHECK(!directory->replace("a", "x"));
  auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours{1};
  fs::last_write_time(path + "/a", long_ago);
  auto before = directory->written("a");
  CAF_CHECK(!directory->touch("a"));
  auto after = directory->written("a");
  CAF_REQUIRE(before && after);
  CAF_CHECK(*after - *before > std::chrono::minutes{59});
}

CAF_TEST(whether it can be written is tried and leaves nothing) {
  auto directory = open();
  CAF_CHECK(!directory->try_write());
  CAF_CHECK_EQUAL(names(), name_list{});
  fs::remove(path);
  CAF_CHECK(directory->try_write());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace state_directory_suite
