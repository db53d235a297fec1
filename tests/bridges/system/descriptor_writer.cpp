// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE descriptor_writer

#include "bridges/system/descriptor_writer.hpp"

#include <caf/test/dsl.hpp>

#include <csignal>
#include <pty.h>
#include <sys/socket.h>
#include <thread>

#include "tests/support/test_pipe.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace descriptor_writer_suite {
namespace {

using clock_type = std::chrono::steady_clock;

/// What never ends without the guard that a test is about ends before, on the
/// busiest machine.
constexpr auto far_from_ever = 10s;

struct fixture {
  test_pipe pipe;
  std::unique_ptr<descriptor_writer> writer;

  fixture() {
    // A write to a closed pipe that raises it ends the test.
    ::signal(SIGPIPE, SIG_DFL);
  }

  void open(int fd) {
    auto result = descriptor_writer::make(fd);
    CAF_REQUIRE(result);
    writer = std::move(*result);
  }

  /// Makes a writer for a pipe that cannot be opened again.
  void open_shared() {
    // Without a reader the second opening is refused, not with one.
    pipe.in.reset();
    open(pipe.out.get());
    auto path = "/proc/self/fd/" + std::to_string(pipe.out.get());
    pipe.in.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    CAF_REQUIRE(pipe.in);
  }

  /// What arrives of a line that does not fit into a pipe at once.
  std::string transfer(const std::string& line) {
    std::string result;
    auto reader = std::thread{[&] { result = pipe.read_all(); }};
    auto written = writer->write(line);
    writer.reset();
    pipe.out.reset();
    reader.join();
    CAF_CHECK(written);
    return result;
  }

  /// How long a write takes that nobody makes room for.
  clock_type::duration give_up() {
    auto start = clock_type::now();
    auto closer = std::thread{[&] { writer->finish(); }};
    CAF_CHECK(!writer->write("nobody reads this\n"));
    closer.join();
    return clock_type::now() - start;
  }
};

std::string long_line() {
  std::string result;
  for (int i = 0; result.size() < 1'000'000; ++i)
    result += std::to_string(i);
  return result + '\n';
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(descriptor_writer_tests, fixture)

CAF_TEST(a line longer than the pipe arrives whole) {
  open(pipe.out.get());
  CAF_CHECK(transfer(long_line()) == long_line());
}

CAF_TEST(a pipe stays blocking for those who share it) {
  open(pipe.out.get());
  CAF_CHECK(pipe.is_blocking());
}

CAF_TEST(a full pipe is given up after a while) {
  open(pipe.out.get());
  pipe.fill();
  CAF_CHECK(give_up() < far_from_ever);
  CAF_CHECK(pipe.is_blocking());
}

CAF_TEST(what was given up fails at once from then on) {
  open(pipe.out.get());
  pipe.fill();
  give_up();
  pipe.read_some();
  CAF_CHECK(!writer->write("late\n"));
  CAF_CHECK(writer->try_write("last\n"));
  CAF_CHECK_EQUAL(pipe.read_some(), "last\n");
}

CAF_TEST(a reader that goes on is served while finishing) {
  open(pipe.out.get());
  writer->finish();
  CAF_CHECK(transfer(long_line()) == long_line());
}

CAF_TEST(a line after one that was cut short begins on a new one) {
  open(pipe.out.get());
  CAF_CHECK(!writer->try_write(std::string(100'000, 'x') + '\n'));
  CAF_CHECK_EQUAL(pipe.read_some(), std::string(4096, 'x'));
  CAF_CHECK(writer->write("next\n"));
  CAF_CHECK(writer->write("one\n"));
  CAF_CHECK_EQUAL(pipe.read_some(), "\nnext\none\n");
}

CAF_TEST(a pipe without a reader fails) {
  open(pipe.out.get());
  pipe.in.reset();
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  std::thread{[&] {
    ::pthread_sigmask(SIG_BLOCK, &broken, nullptr);
    CAF_CHECK(!writer->write("line\n"));
  }}.join();
}

CAF_TEST(a pipe that cannot be opened again takes whole lines) {
  open_shared();
  CAF_CHECK(transfer(long_line()) == long_line());
}

CAF_TEST(a full pipe that cannot be opened again is given up) {
  open_shared();
  pipe.fill();
  CAF_CHECK(give_up() < far_from_ever);
  CAF_CHECK(pipe.is_blocking());
}

CAF_TEST(a full socket is given up and one without a peer fails) {
  int fds[2];
  CAF_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  auto peer = file_descriptor{fds[0]};
  pipe.out.reset(fds[1]);
  open(pipe.out.get());
  while (writer->try_write("x\n")) {
  }
  CAF_CHECK(give_up() < far_from_ever);
  CAF_CHECK(pipe.is_blocking());
  peer.reset();
  CAF_CHECK(!writer->try_write("nobody\n"));
}

CAF_TEST(a terminal that is not read is given up) {
  int master = -1;
  int slave = -1;
  CAF_REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  pipe.in.reset(master);
  pipe.out.reset(slave);
  open(pipe.out.get());
  CAF_CHECK(writer->write("line\n"));
  CAF_CHECK_EQUAL(pipe.read_some(), "line\r\n");
  auto start = clock_type::now();
  writer->finish();
  while (writer->write("nobody reads this\n")) {
  }
  CAF_CHECK(clock_type::now() - start < far_from_ever);
  CAF_CHECK(pipe.is_blocking());
}

CAF_TEST(a file is written at the offset that others share) {
  pipe.out.reset(::open("/tmp", O_TMPFILE | O_RDWR, 0600));
  CAF_REQUIRE(pipe.out);
  open(pipe.out.get());
  CAF_CHECK_EQUAL(::write(pipe.out.get(), "before\n", 7), 7);
  CAF_CHECK(writer->write("line\n"));
  CAF_CHECK_EQUAL(::write(pipe.out.get(), "after\n", 6), 6);
  char buffer[64];
  auto n = ::pread(pipe.out.get(), buffer, sizeof(buffer), 0);
  CAF_CHECK_EQUAL(std::string(buffer, static_cast<size_t>(n)),
                  "before\nline\nafter\n");
}

CAF_TEST(devices take or refuse lines) {
  pipe.out.reset(::open("/dev/null", O_WRONLY));
  open(pipe.out.get());
  CAF_CHECK(writer->write("line\n"));
  pipe.out.reset(::open("/dev/full", O_WRONLY));
  open(pipe.out.get());
  CAF_CHECK(!writer->write("line\n"));
}

CAF_TEST(what is closed or only for reading fails) {
  open(-1);
  CAF_CHECK(!writer->write("line\n"));
  open(pipe.in.get());
  CAF_CHECK(!writer->write("line\n"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace descriptor_writer_suite
