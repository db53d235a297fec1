// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE low_descriptors

#include "bridges/process/low_descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <caf/test/dsl.hpp>

#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"

using namespace rr;

namespace low_descriptors_suite {

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
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto few = before;
  few.rlim_cur = 256;
  ::setrlimit(RLIMIT_NOFILE, &few);
  auto low = low_descriptors::make();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CAF_REQUIRE(low);
  std::vector<int> wanted{STDERR_FILENO, null_device};
  CAF_CHECK_EQUAL(low->put(wanted), caf::none);
  CAF_CHECK_EQUAL(wanted[0], STDERR_FILENO);
  CAF_CHECK_GREATER_OR_EQUAL(wanted[1], 0);
  CAF_CHECK_EQUAL(low->end(), 0u);
}

CAF_TEST(more than there are numbers for is an error) {
  auto low = low_descriptors::make();
  CAF_REQUIRE(low);
  std::vector<int> wanted(low_descriptors::most + 1, STDERR_FILENO);
  CAF_CHECK_EQUAL(low->put(wanted), ec::system_error);
}

CAF_TEST(without descriptors left there are none) {
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  auto low = low_descriptors::make();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CAF_REQUIRE(!low);
  CAF_CHECK_EQUAL(describe(low.error()),
                  "cannot open /dev/null: too many open files");
}

} // namespace low_descriptors_suite
