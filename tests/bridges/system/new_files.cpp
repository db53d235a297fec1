// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE new_files

#include "bridges/system/new_files.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace new_files_suite {
namespace {

namespace fs = std::filesystem;

constexpr new_file two[] = {{"plain", "one\n"},
                            {"script", "#!/bin/sh\n", true}};

std::string content_of(const fs::path& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

bool is_executable(const fs::path& path) {
  return (fs::status(path).permissions() & fs::perms::owner_exec)
         != fs::perms::none;
}

/// Lets no file grow beyond so many bytes.
struct small_files {
  explicit small_files(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit now{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
    std::signal(SIGXFSZ, SIG_IGN);
  }

  ~small_files() {
    ::setrlimit(RLIMIT_FSIZE, &before);
  }

  rlimit before{};
};

struct fixture {
  temporary_folder folder;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(new_files_tests, fixture)

CAF_TEST(files are made and the folders above them) {
  auto where = folder.path() / "a" / "b";
  CAF_CHECK_EQUAL(make_files(where.string() + "/", two), caf::error{});
  CAF_CHECK_EQUAL(content_of(where / "plain"), "one\n");
  CAF_CHECK_EQUAL(content_of(where / "script"), "#!/bin/sh\n");
  CAF_CHECK(!is_executable(where / "plain"));
  CAF_CHECK(is_executable(where / "script"));
}

CAF_TEST(a path may go up again) {
  auto where = folder.path().string() + "/a/../b/.";
  CAF_CHECK_EQUAL(make_files(where, two), caf::error{});
  CAF_CHECK(fs::exists(folder.path() / "b" / "plain"));
}

CAF_TEST(what is there is named and nothing is made) {
  auto path = folder.write("script", "mine");
  CAF_CHECK_EQUAL(describe(make_files(folder.path().string(), two)),
                  "cannot make " + path + ": it is there already");
  CAF_CHECK_EQUAL(content_of(path), "mine");
  CAF_CHECK(!fs::exists(folder.path() / "plain"));
  // A link that leads nowhere is there, too.
  fs::create_symlink("nowhere", folder.path() / "plain");
  CAF_CHECK_EQUAL(describe(make_files(folder.path().string(), two)),
                  "cannot make " + folder.file("plain") + " and " + path
                    + ": they are there already");
}

CAF_TEST(what cannot be finished leaves nothing) {
  auto where = folder.path() / "a" / "b";
  {
    small_files limit{5};
    CAF_CHECK_EQUAL(describe(make_files(where.string(), two)),
                    "cannot make " + (where / "script").string()
                      + ": file too large");
  }
  CAF_CHECK(!fs::exists(folder.path() / "a"));
}

CAF_TEST(a folder that cannot be made is named) {
  auto path = folder.write("file", "");
  CAF_CHECK_EQUAL(describe(make_files(path + "/b", two)),
                  "cannot make " + path + ": file exists");
  CAF_CHECK_EQUAL(describe(make_files(path, two)),
                  "cannot make " + path + ": file exists");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace new_files_suite
