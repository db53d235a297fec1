// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE rotating_file_reader

#include "bridges/system/rotating_file_reader.hpp"

#include <filesystem>
#include <fstream>
#include <vector>

#include "bridges/system/rotating_file.hpp"
#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace rotating_file_reader_suite {
namespace {

using texts = std::vector<std::string>;

struct fixture {
  temporary_folder folder;
  std::string path = folder.file("robot.log");
  rotating_file_reader reader{path, 3};

  texts read(std::chrono::system_clock::time_point since = {}) {
    texts result;
    auto failed = reader.read(since, [&](std::string_view line) {
      result.emplace_back(line);
    });
    CAF_CHECK_EQUAL(failed, caf::none);
    return result;
  }

  void append(const std::string& text, size_t number = 0) {
    std::ofstream{rotated_name(path, number), std::ios::app} << text;
  }

  void rotate() {
    for (auto i = size_t{2}; i > 0; --i) {
      std::error_code ignored;
      std::filesystem::rename(rotated_name(path, i - 1), rotated_name(path, i),
                              ignored);
    }
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rotating_file_reader_tests, fixture)

CAF_TEST(a rotated file has its number before its ending) {
  CAF_CHECK_EQUAL(rotated_name("/a/robot.log", 0), "/a/robot.log");
  CAF_CHECK_EQUAL(rotated_name("/a/robot.log", 2), "/a/robot.2.log");
}

CAF_TEST(older files come first and no line comes twice) {
  append("3\n4\n");
  append("1\n2\n", 1);
  append("0\n", 2);
  append("never\n", 3);
  CAF_CHECK_EQUAL(read(), (texts{"0", "1", "2", "3", "4"}));
  CAF_CHECK_EQUAL(read(), texts{});
  append("5\n");
  CAF_CHECK_EQUAL(read(), texts{"5"});
}

CAF_TEST(a line is there once it is complete) {
  append("be");
  CAF_CHECK_EQUAL(read(), texts{});
  append("gin\n\nnext");
  CAF_CHECK_EQUAL(read(), (texts{"begin", ""}));
}

CAF_TEST(what is rotated between two looks is read to its end) {
  append("1\n");
  CAF_CHECK_EQUAL(read(), texts{"1"});
  append("2\n");
  rotate();
  append("3\n");
  rotate();
  append("4\n");
  CAF_CHECK_EQUAL(read(), (texts{"2", "3", "4"}));
}

CAF_TEST(a line that is torn by a rotation does not run into the next) {
  append("whole\nto");
  CAF_CHECK_EQUAL(read(), texts{"whole"});
  rotate();
  append("next\n");
  CAF_CHECK_EQUAL(read(), texts{"next"});
}

CAF_TEST(files from before are passed over) {
  append("old\n", 1);
  append("new\n");
  auto now = std::chrono::file_clock::now();
  std::filesystem::last_write_time(rotated_name(path, 1),
                                   now - std::chrono::hours{2});
  auto since = std::chrono::system_clock::now() - std::chrono::hours{1};
  CAF_CHECK_EQUAL(read(since), texts{"new"});
}

CAF_TEST(no file is no error and one that cannot be read is) {
  CAF_CHECK_EQUAL(read(), texts{});
  CAF_CHECK(!reader.found());
  std::filesystem::create_directory(path);
  auto failed = reader.read({}, [](std::string_view) {});
  CAF_CHECK(failed == ec::system_error);
  CAF_CHECK_EQUAL(describe(failed),
                  "cannot read the log from " + path + ": is a directory");
}

CAF_TEST(a line without end takes no memory) {
  append(std::string(rotating_file_reader::max_line + 1, 'x'));
  CAF_CHECK_EQUAL(read(), texts{});
  append("x\nnext\n");
  CAF_CHECK_EQUAL(read(), (texts{"", "next"}));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace rotating_file_reader_suite
