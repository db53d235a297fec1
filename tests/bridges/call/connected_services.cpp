// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE connected_services

#include "bridges/call/connected_services.hpp"

#include <sys/socket.h>

#include "bridges/system/file_descriptor.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace connected_services_suite {
namespace {

struct fixture {
  connected_services services;

  std::vector<std::string> identities() {
    std::vector<std::string> result;
    for (const auto& each : services.list())
      result.push_back(each.identity);
    return result;
  }

  static file_descriptor connection() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
      throw std::runtime_error{"cannot make a connection"};
    ::close(fds[1]);
    return file_descriptor{fds[0]};
  }
};

using names = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(connected_services_tests, fixture)

CAF_TEST(a service is known until its connection ends) {
  auto first = connection();
  auto second = connection();
  services.met("arm", first.get());
  services.met("broker", -1);
  services.met("\xff", second.get());
  CAF_CHECK_EQUAL(identities(), (names{"arm", "broker", "ff"}));
  first.reset();
  CAF_CHECK_EQUAL(identities(), (names{"broker", "ff"}));
}

CAF_TEST(another connection of the same number is not taken for it) {
  auto first = connection();
  auto number = first.get();
  services.met("arm", number);
  first.reset();
  auto second = connection();
  CAF_REQUIRE_EQUAL(second.get(), number);
  CAF_CHECK_EQUAL(identities(), names{});
}

CAF_TEST(the newest connection of an identity counts) {
  auto first = connection();
  auto second = connection();
  services.met("arm", first.get());
  services.met("arm", second.get());
  first.reset();
  CAF_CHECK_EQUAL(identities(), names{"arm"});
}

CAF_TEST(a message that found nobody is remembered by sender and recipient) {
  services.missed("client", "arm");
  CAF_CHECK(services.was_missed("client", "arm"));
  CAF_CHECK(!services.was_missed("other", "arm"));
  CAF_CHECK(!services.was_missed("client", "leg"));
  services.met("arm", -1);
  CAF_CHECK(!services.was_missed("client", "arm"));
}

CAF_TEST(what nobody can have for an identity is not remembered) {
  services.missed("client", "arm");
  for (auto i = 0; i < 100; ++i)
    services.missed("client", std::string(100'000, 'x'));
  CAF_CHECK(services.was_missed("client", "arm"));
  CAF_CHECK(services.was_missed("client", std::string(100'000, 'x')));
  CAF_CHECK(services.was_missed("client", ""));
  // One of 255 bytes, in hexadecimal.
  CAF_CHECK(!services.was_missed("client", std::string(510, 'f')));
  services.missed("client", std::string(255, '\xff'));
  CAF_CHECK(services.was_missed("client", std::string(510, 'f')));
}

CAF_TEST(whoever the router does not find is not listed) {
  services.met("arm", -1);
  services.missed("client", "arm");
  CAF_CHECK_EQUAL(identities(), names{});
}

CAF_TEST(a flood of what comes and goes leaves little behind) {
  for (auto i = 0; i < 10'000; ++i) {
    auto name = "peer-" + std::to_string(i);
    services.met(name, connection().get());
    services.missed(name, name);
  }
  CAF_CHECK_EQUAL(identities(), names{});
  CAF_CHECK(!services.was_missed("peer-1", "peer-1"));
  CAF_CHECK(services.was_missed("peer-9999", "peer-9999"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace connected_services_suite
