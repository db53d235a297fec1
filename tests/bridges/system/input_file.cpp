// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE input_file

#include "bridges/system/input_file.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace input_file_suite {
namespace {

struct fixture {
  temporary_folder folder;

  std::string failure_of(const std::string& path, size_t max_bytes = 100) {
    auto text = read_input_file(path, max_bytes, std::chrono::milliseconds{50});
    auto what = text ? "(none)" : describe(text.error());
    auto begin = "cannot read " + path + ": ";
    return what.starts_with(begin) ? what.substr(begin.size()) : what;
  }
};

std::string content_of(const std::string& path, size_t max_bytes) {
  auto text = read_input_file(path, max_bytes);
  return text ? *text : describe(text.error());
}

std::string path_of(int fd) {
  return "/dev/fd/" + std::to_string(fd);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(input_file_tests, fixture)

CAF_TEST(a file is read whole up to what is taken) {
  for (size_t size : {0, 1, 65535, 65536, 65537, 200'000}) {
    std::string text(size, 'x');
    auto path = folder.write("file", text);
    CAF_CHECK(content_of(path, 200'000) == text);
    if (size > 0) {
      CAF_CHECK(!read_input_file(path, size - 1));
    }
  }
  CAF_CHECK_EQUAL(failure_of(folder.write("file", std::string(4097, 'x')),
                             4096),
                  "is larger than 4096 bytes");
  CAF_CHECK(read_input_file("/proc/self/status", 100'000));
  CAF_CHECK_EQUAL(content_of("/dev/null", 1), "");
}

CAF_TEST(a small file takes little memory whatever is taken) {
  auto text = read_input_file(folder.write("file", "x"), size_t{16} << 20);
  CAF_REQUIRE(text);
  CAF_CHECK_LESS(text->capacity(), 65536u);
}

CAF_TEST(what is no file is refused and never waited for) {
  CAF_CHECK_EQUAL(failure_of(folder.file("none")), "no such file or directory");
  CAF_CHECK_EQUAL(failure_of(folder.path().string()), "is a directory");
  CAF_CHECK_EQUAL(failure_of("/dev/zero"), "is a device");
  auto fifo = folder.file("fifo");
  CAF_REQUIRE_EQUAL(::mkfifo(fifo.c_str(), 0600), 0);
  CAF_CHECK_EQUAL(failure_of(fifo), "is a FIFO that nobody writes to");
  file_descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  auto path = folder.file("socket");
  std::memcpy(where.sun_path, path.data(), path.size());
  CAF_REQUIRE_EQUAL(::bind(socket.get(),
                           reinterpret_cast<const sockaddr*>(&where),
                           sizeof where),
                    0);
  CAF_CHECK_EQUAL(failure_of(path), "is a socket");
}

CAF_TEST(a pipe is read to its end within bounds) {
  int ends[2];
  CAF_REQUIRE_EQUAL(::pipe2(ends, O_CLOEXEC), 0);
  file_descriptor from{ends[0]};
  file_descriptor to{ends[1]};
  CAF_CHECK_EQUAL(failure_of(path_of(from.get())),
                  "its end did not come within 50 ms");
  CAF_REQUIRE_EQUAL(::write(to.get(), "one", 3), 3);
  std::thread writer{[&] {
    if (::write(to.get(), "two", 3) == 3)
      to.reset();
  }};
  CAF_CHECK_EQUAL(content_of(path_of(from.get()), 100), "onetwo");
  writer.join();
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace input_file_suite
