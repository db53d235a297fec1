// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE low_descriptors

#include "bridges/process/low_descriptors.hpp"

#include <array>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <caf/test/dsl.hpp>

#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"
#include "tests/support/watched.hpp"

using namespace rr;

namespace low_descriptors_suite {
namespace {

/// Sets a limit of descriptors for as long as it is there.
class descriptor_limit {
public:
  explicit descriptor_limit(rlim_t limit) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto less = before_;
    less.rlim_cur = limit;
    ::setrlimit(RLIMIT_NOFILE, &less);
  }

  ~descriptor_limit() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

private:
  rlimit before_{};
};

} // namespace

CAF_TEST(each gets a low number until it is released) {
  auto low = low_descriptors::make();
  CAF_REQUIRE(low);
  auto pipe = make_pipe();
  CAF_REQUIRE(pipe);
  auto high = file_descriptor{::fcntl(pipe->write.get(), F_DUPFD_CLOEXEC, 200)};
  pipe->write.reset();
  std::vector<int> wanted{null_device, high.get(), -1};
  CAF_CHECK_EQUAL(low->put(wanted), caf::none);
  high.reset();
  CAF_CHECK_LESS(static_cast<unsigned>(wanted[0]), low->end());
  CAF_CHECK_LESS(static_cast<unsigned>(wanted[1]), low->end());
  CAF_CHECK_EQUAL(wanted[2], -1);
  CAF_CHECK_EQUAL(::fcntl(wanted[1], F_GETFD), FD_CLOEXEC);
  CAF_CHECK_EQUAL(::write(wanted[1], "x", 1), 1);
  char byte = 0;
  CAF_CHECK_EQUAL(::read(pipe->read.get(), &byte, 1), 1);
  CAF_CHECK_EQUAL(::write(wanted[0], "x", 1), 1);
  low->release();
  // Nobody holds the other end any more.
  CAF_CHECK_EQUAL(::read(pipe->read.get(), &byte, 1), 0);
}

CAF_TEST(a small limit has none to spare) {
  descriptor_limit few{256};
  auto open = open_descriptors();
  auto low = low_descriptors::make();
  CAF_REQUIRE(low);
  std::vector<int> wanted{STDERR_FILENO, null_device};
  CAF_CHECK_EQUAL(low->put(wanted), caf::none);
  CAF_CHECK((wanted == std::vector<int>{STDERR_FILENO, null_device}));
  CAF_CHECK_EQUAL(low->end(), 0u);
  CAF_CHECK_EQUAL(open_descriptors(), open);
}

CAF_TEST(more than there are numbers for is an error) {
  auto low = low_descriptors::make();
  CAF_REQUIRE(low);
  std::vector<int> wanted(low_descriptors::most + 1, STDERR_FILENO);
  CAF_CHECK_EQUAL(low->put(wanted), ec::system_error);
}

CAF_TEST(without descriptors left there are none) {
  descriptor_limit all{1024};
  std::vector<file_descriptor> taken;
  do
    taken.emplace_back(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
  while (taken.back());
  auto low = low_descriptors::make();
  CAF_REQUIRE(!low);
  CAF_CHECK_EQUAL(describe(low.error()),
                  "cannot open /dev/null: too many open files");
}

CAF_TEST(a program is executed with them or without) {
  for (rlim_t limit : {1024, 256}) {
    descriptor_limit some{limit};
    auto pipe = make_pipe();
    CAF_REQUIRE(pipe);
    spawn_request request;
    request.program = "/bin/sh";
    request.arguments = {"sh", "-c", "readlink /proc/$$/fd/0 /proc/$$/fd/2"};
    request.descriptors = {null_device, pipe->write.get(), null_device};
    auto pid = spawn(request);
    CAF_REQUIRE(pid);
    pipe->write.reset();
    std::array<char, 100> said{};
    CAF_CHECK_EQUAL(::read(pipe->read.get(), said.data(), said.size() - 1), 20);
    CAF_CHECK_EQUAL(std::string{said.data()}, "/dev/null\n/dev/null\n");
    ::waitpid(*pid, nullptr, 0);
  }
}

} // namespace low_descriptors_suite
