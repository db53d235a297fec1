// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE web_token

#include "bridges/web/web_token.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace web_token_suite {
namespace {

struct fixture {
  temporary_folder folder;
  std::string path = folder.file("token");

  void write(const std::string& text, mode_t mode = 0600) {
    ::unlink(path.c_str());
    std::ofstream{path} << text;
    ::chmod(path.c_str(), mode);
  }

  std::string fault() {
    auto token = read_web_token(path);
    return token ? std::string{} : describe(token.error());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_token_tests, fixture)

CAF_TEST(a token is made once and for its owner alone) {
  auto umask_before = ::umask(0);
  auto made = make_web_token(path);
  ::umask(umask_before);
  CAF_REQUIRE(made);
  CAF_CHECK(made->size() >= 43);
  struct stat status {};
  CAF_REQUIRE_EQUAL(::stat(path.c_str(), &status), 0);
  CAF_CHECK_EQUAL(status.st_mode & 07777, 0600u);
  auto again = make_web_token(path);
  auto read = read_web_token(path);
  CAF_REQUIRE(again && read);
  CAF_CHECK_EQUAL(*again, *made);
  CAF_CHECK_EQUAL(*read, *made);
  ::unlink(path.c_str());
  auto other = make_web_token(path);
  CAF_REQUIRE(other);
  CAF_CHECK_NOT_EQUAL(*other, *made);
}

CAF_TEST(those who make it at the same time make one) {
  for (auto round = 0; round < 20; ++round) {
    ::unlink(path.c_str());
    std::vector<std::string> made(8);
    std::barrier start{static_cast<ptrdiff_t>(made.size())};
    {
      std::vector<std::jthread> all;
      for (auto& each : made)
        all.emplace_back([&] {
          start.arrive_and_wait();
          if (auto token = make_web_token(path))
            each = *token;
        });
    }
    CAF_CHECK(!made[0].empty());
    CAF_CHECK(std::ranges::count(made, made[0]) == 8);
  }
  CAF_CHECK_EQUAL(
    std::distance(std::filesystem::directory_iterator{folder.path()},
                  std::filesystem::directory_iterator{}),
    1);
}

CAF_TEST(a token of ones own is taken) {
  write("abcdefghij-_0123456789\r\n");
  auto read = read_web_token(path);
  CAF_REQUIRE(read);
  CAF_CHECK_EQUAL(*read, "abcdefghij-_0123456789");
}

CAF_TEST(a file that others may read is refused) {
  for (mode_t mode : {0640, 0604, 0620, 0602, 0644, 0666}) {
    write("abcdefghij-_0123456789", mode);
    CAF_CHECK(fault().find("others than its owner") != std::string::npos);
    CAF_CHECK(!make_web_token(path));
  }
}

CAF_TEST(a token that can be guessed is refused) {
  for (auto text : {"", "\n", "short", "abcdefghij-_012345678"}) {
    write(text);
    CAF_CHECK(fault().find("expected at least 22") != std::string::npos);
  }
}

CAF_TEST(what would not pass in a header is refused) {
  for (auto text :
       {"abcdefghij-_0123456789 x", "abcdefghij-_012345\n6789abc",
        "abcdefghij-_0123456789;", "abcdefghij-_012345678\xe4\xb8"}) {
    write(text);
    CAF_CHECK(fault().find("has other characters") != std::string::npos);
  }
}

CAF_TEST(what is no file is refused) {
  CAF_CHECK(fault().find("no such file") != std::string::npos);
  path = folder.path().string();
  CAF_CHECK(fault().find("is no regular file") != std::string::npos);
  path = folder.file("missing/token");
  CAF_CHECK(!make_web_token(path));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace web_token_suite
