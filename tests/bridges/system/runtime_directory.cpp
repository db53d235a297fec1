// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE runtime_directory

#include "bridges/system/runtime_directory.hpp"

#include <caf/test/dsl.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rr;

namespace runtime_directory_suite {

namespace fs = std::filesystem;

namespace {

struct fixture {
  temporary_folder folder;
  std::string root = folder.path().string();
  std::string path = root + "/run/robot-runtime";
  std::unique_ptr<runtime_directory> directory;

  void open() {
    auto result = runtime_directory::make(path);
    if (!result)
      CAF_FAIL(describe(result.error()));
    directory = std::move(*result);
  }

  std::string refusal() {
    auto result = runtime_directory::make(path);
    return result ? "none" : describe(result.error());
  }

  static mode_t mode_of(const std::string& file) {
    struct stat status {};
    CAF_REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(runtime_directory_tests, fixture)

CAF_TEST(a missing directory is made private and its parents are not ) {
  auto mask = ::umask(022);
  open();
  ::umask(mask);
  CAF_CHECK_EQUAL(mode_of(path), 0700u);
  CAF_CHECK_EQUAL(mode_of(root + "/run"), 0755u);
  CAF_CHECK_EQUAL(directory->path(), path);
}

CAF_TEST(a second runtime is refused and told of the first) {
  open();
  CAF_CHECK_EQUAL(refusal(), "cannot lock " + path
                               + ": another runtime is running there (pid "
                               + std::to_string(::getpid())
                               + "); robot-runtime stop ends it");
}

CAF_TEST(the lock file stays and lets the next runtime in) {
  open();
  directory.reset();
  CAF_CHECK(fs::exists(path + "/lock"));
  open();
}

CAF_TEST(the lock file holds this process and nothing of the one before) {
  fs::create_directories(path);
  fs::permissions(path, fs::perms::owner_all);
  std::ofstream{path + "/lock"} << "999999999999\nrubbish\n";
  open();
  std::string text;
  std::getline(std::ifstream{path + "/lock"}, text, '\0');
  CAF_CHECK_EQUAL(text, std::to_string(::getpid()) + "\n");
}

CAF_TEST(slashes at the end do not count) {
  auto plain = path;
  path += "//";
  open();
  CAF_CHECK_EQUAL(directory->path(), plain);
}

CAF_TEST(a directory that others may enter is refused) {
  fs::create_directories(path);
  fs::permissions(path, fs::perms{0710});
  CAF_CHECK_EQUAL(refusal(),
                  "cannot use " + path + ": its mode is 0710, it must be 0700");
}

CAF_TEST(a directory of another user is refused) {
  // Every system has one, and only its owner may test with another.
  if (::geteuid() == 0) {
    fs::create_directories(path);
    fs::permissions(path, fs::perms::owner_all);
    CAF_REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
    CAF_CHECK_EQUAL(refusal(), "cannot use " + path
                                 + ": it belongs to user 12345, not to user 0");
  } else {
    path = "/proc";
    CAF_CHECK_EQUAL(refusal(), "cannot use /proc: it belongs to user 0, not "
                               "to user "
                                 + std::to_string(::geteuid()));
  }
}

CAF_TEST(a symbolic link is refused with and without a slash) {
  fs::create_directories(root + "/elsewhere");
  fs::permissions(root + "/elsewhere", fs::perms::owner_all);
  auto link = root + "/link";
  fs::create_directory_symlink(root + "/elsewhere", link);
  path = link;
  CAF_CHECK_EQUAL(refusal(), "cannot use " + link + ": it is a symbolic link");
  path = link + "/";
  CAF_CHECK_EQUAL(refusal(), "cannot use " + link + ": it is a symbolic link");
  CAF_CHECK(fs::is_empty(root + "/elsewhere"));
}

CAF_TEST(what is no directory is refused) {
  path = root + "/file";
  std::ofstream{path} << "text";
  CAF_CHECK_EQUAL(refusal(), "cannot use " + path + ": not a directory");
  auto file = std::exchange(path, path + "/below");
  CAF_CHECK_EQUAL(refusal(), "cannot create " + path + ": not a directory");
  path = "";
  CAF_CHECK_NOT_EQUAL(refusal(), "none");
}

CAF_TEST(a lock file that is a symbolic link is refused) {
  fs::create_directories(path);
  fs::permissions(path, fs::perms::owner_all);
  fs::create_symlink(root + "/target", path + "/lock");
  CAF_CHECK(refusal().starts_with("cannot open " + path + "/lock: "));
  CAF_CHECK(!fs::exists(root + "/target"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace runtime_directory_suite
