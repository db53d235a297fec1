// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE descriptor_guard

#include "bridges/system/descriptor_guard.hpp"

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string_view>
#include <vector>

#include "bridges/system/file_descriptor.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace descriptor_guard_suite {
namespace {

rlimit limits() {
  rlimit result{};
  ::getrlimit(RLIMIT_NOFILE, &result);
  return result;
}

void set_soft_limit(rlim_t soft) {
  auto all = limits();
  all.rlim_cur = soft;
  ::setrlimit(RLIMIT_NOFILE, &all);
}

struct fixture {
  temporary_folder folder;
  rlimit own = limits();
  sockaddr_un address{};
  file_descriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};

  fixture() {
    address.sun_family = AF_UNIX;
    folder.file("sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
    auto generic = reinterpret_cast<sockaddr*>(&address);
    CAF_REQUIRE(::bind(listener.get(), generic, sizeof(address)) == 0);
    CAF_REQUIRE(::listen(listener.get(), 10) == 0);
  }

  ~fixture() {
    ::setrlimit(RLIMIT_NOFILE, &own);
  }

  /// A connection that waits to be accepted.
  file_descriptor connect() {
    file_descriptor result{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    auto generic = reinterpret_cast<sockaddr*>(&address);
    CAF_REQUIRE(::connect(result.get(), generic, sizeof(address)) == 0);
    return result;
  }

  /// As libzmq does in the program.
  file_descriptor accept() {
    return file_descriptor{
      descriptor_guard::accept(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  }

  /// Takes descriptors until the next one is this.
  std::vector<file_descriptor> fill(int next) {
    std::vector<file_descriptor> result;
    do
      result.emplace_back(::dup(listener.get()));
    while (result.back() && result.back().get() < next);
    if (result.back().get() >= next)
      result.pop_back();
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(descriptor_guard_tests, fixture)

CAF_TEST(the soft limit is the hard one while the guard lives) {
  set_soft_limit(300);
  {
    descriptor_guard guard{{}};
    CAF_CHECK_EQUAL(guard.inherited_limit(), 300u);
    CAF_CHECK_EQUAL(guard.limit(), limits().rlim_cur);
    CAF_CHECK_EQUAL(guard.limit(),
                    std::min<uint64_t>(own.rlim_max,
                                       descriptor_guard::most_descriptors));
  }
  CAF_CHECK_EQUAL(limits().rlim_cur, 300u);
  CAF_CHECK_EQUAL(limits().rlim_max, own.rlim_max);
}

CAF_TEST(three quarters of the descriptors are for connections) {
  std::vector<uint64_t> told;
  descriptor_guard guard{[&](uint64_t count) { told.push_back(count); }};
  auto ceiling = static_cast<int>(guard.limit() / 4 * 3);
  auto refused = descriptor_guard::refused();
  auto waiting = connect();
  auto taken = fill(ceiling - 1);
  auto last = accept();
  CAF_CHECK_EQUAL(last.get(), ceiling - 1);
  auto next = connect();
  errno = 0;
  CAF_CHECK_EQUAL(accept().get(), -1);
  CAF_CHECK_EQUAL(errno, ECONNABORTED);
  CAF_CHECK_EQUAL(descriptor_guard::refused(), refused + 1);
  CAF_CHECK((told == std::vector<uint64_t>{1}));
  // It was closed, and not left to wait.
  char byte;
  CAF_CHECK_EQUAL(::recv(next.get(), &byte, 1, 0), 0);
  // Once a second at most.
  auto third = connect();
  CAF_CHECK_EQUAL(accept().get(), -1);
  CAF_CHECK_EQUAL(told.size(), 1u);
  // There is room again.
  auto fourth = connect();
  last.reset();
  CAF_CHECK_EQUAL(accept().get(), ceiling - 1);
}

CAF_TEST(without any descriptor left the error is none that libzmq dies of) {
  descriptor_guard guard{{}};
  set_soft_limit(64);
  auto waiting = connect();
  auto taken = fill(64);
  errno = 0;
  CAF_CHECK_EQUAL(accept().get(), -1);
  CAF_CHECK_EQUAL(errno, ECONNABORTED);
}

CAF_TEST(without a guard connections are accepted as ever) {
  set_soft_limit(64);
  auto waiting = connect();
  auto taken = fill(63);
  CAF_CHECK_EQUAL(accept().get(), 63);
}

// Sanitizers have one of their own.
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
CAF_TEST(a library leaves the function of the C library alone) {
  Dl_info found{};
  CAF_REQUIRE(::dladdr(reinterpret_cast<void*>(&::accept4), &found) != 0);
  CAF_CHECK(std::string_view{found.dli_fname}.find("libc.so")
            != std::string_view::npos);
}
#endif

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace descriptor_guard_suite
