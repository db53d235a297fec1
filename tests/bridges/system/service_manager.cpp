// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE service_manager

#include "bridges/system/service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <map>

#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace service_manager_suite {
namespace {

using environment = std::map<std::string, std::string>;

auto find(const environment& given) {
  return service_manager::find([&](const char* name) -> const char* {
    auto found = given.find(name);
    return found == given.end() ? nullptr : found->second.c_str();
  });
}

/// Why it is refused; empty when it is not.
std::string refused(const std::string& socket) {
  auto found = find({{"NOTIFY_SOCKET", socket}});
  return found ? std::string{} : describe(found.error());
}

/// A socket such as a service manager listens at.
struct listener {
  explicit listener(const std::string& path, int kind = SOCK_DGRAM)
    : socket(::socket(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    auto size = offsetof(sockaddr_un, sun_path) + path.size();
    if (path[0] == '@')
      address.sun_path[0] = '\0';
    else
      ++size;
    bound = ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(size))
            == 0;
    if (kind != SOCK_DGRAM)
      ::listen(socket.get(), 1);
  }

  std::string receive() const {
    char text[512];
    auto size = ::recv(socket.get(), text, sizeof(text), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(text, static_cast<size_t>(size));
  }

  file_descriptor socket;
  bool bound = false;
};

struct fixture {
  temporary_folder folder;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(service_manager_tests, fixture)

CAF_TEST(nobody who wants to hear anything is no error) {
  for (auto& given : {environment{}, environment{{"NOTIFY_SOCKET", ""}},
                      environment{{"WATCHDOG_USEC", "1000000"}}}) {
    auto found = find(given);
    CAF_REQUIRE(found);
    CAF_CHECK(*found == nullptr);
  }
}

CAF_TEST(a manager at a path or an abstract name hears every datagram) {
  for (auto& path : {folder.file("notify"), "@" + folder.file("notify")}) {
    listener manager{path};
    CAF_REQUIRE(manager.bound);
    auto found = find({{"NOTIFY_SOCKET", path}});
    CAF_REQUIRE(found);
    CAF_CHECK(!(*found)->tell("READY=1\nSTATUS=The robot runs"));
    CAF_CHECK(!(*found)->tell("WATCHDOG=1"));
    CAF_CHECK_EQUAL(manager.receive(), "READY=1\nSTATUS=The robot runs");
    CAF_CHECK_EQUAL(manager.receive(), "WATCHDOG=1");
    CAF_CHECK_EQUAL(manager.receive(), "nothing");
    CAF_CHECK(!(*found)->patience());
  }
}

CAF_TEST(a manager that starts again at its path is heard by) {
  auto path = folder.file("notify");
  auto first = std::make_unique<listener>(path);
  auto found = find({{"NOTIFY_SOCKET", path}});
  CAF_REQUIRE(found);
  first.reset();
  CAF_CHECK((*found)->tell("WATCHDOG=1") == ec::system_error);
  ::unlink(path.c_str());
  CAF_CHECK((*found)->tell("WATCHDOG=1") == ec::system_error);
  listener second{path};
  CAF_CHECK(!(*found)->tell("WATCHDOG=1"));
  CAF_CHECK_EQUAL(second.receive(), "WATCHDOG=1");
}

CAF_TEST(a manager that does not read is not waited for) {
  auto path = folder.file("notify");
  listener manager{path};
  auto found = find({{"NOTIFY_SOCKET", path}});
  CAF_REQUIRE(found);
  caf::error failed;
  for (auto i = 0; i < 100'000 && !failed; ++i)
    failed = (*found)->tell("WATCHDOG=1");
  CAF_CHECK(failed == ec::system_error);
  while (manager.receive() != "nothing")
    ;
  CAF_CHECK(!(*found)->tell("READY=1"));
  CAF_CHECK_EQUAL(manager.receive(), "READY=1");
}

CAF_TEST(what can be no socket of a manager is refused with its name) {
  auto file = folder.file("file");
  ::close(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  auto begin = std::string{"cannot use NOTIFY_SOCKET "};
  CAF_CHECK_EQUAL(refused(file), begin + file + ": it is no socket");
  CAF_CHECK_EQUAL(refused("/dev/null"), begin + "/dev/null: it is no socket");
  CAF_CHECK_EQUAL(refused(folder.file("none")),
                  begin + folder.file("none") + ": No such file or directory");
  for (auto path : {"vsock:2:1234", "notify", "./notify", "\n"})
    CAF_CHECK_NOT_EQUAL(
      refused(path).find("expected a path that begins with / or @"),
      std::string::npos);
  for (auto& path :
       {std::string{"/"}, std::string{"@"}, '/' + std::string(107, 'x'),
        '@' + std::string(107, 'x'), '/' + std::string(100'000, 'x')}) {
    auto text = refused(path);
    CAF_CHECK_NOT_EQUAL(text.find("expected a path of 2 to 107 bytes"),
                        std::string::npos);
    CAF_CHECK_LESS(text.size(), 400u);
  }
  // The longest there can be.
  listener longest{'@' + std::string(106, 'x')};
  CAF_CHECK_EQUAL(refused('@' + std::string(106, 'x')), "");
}

CAF_TEST(a stream socket is found out when it is told something) {
  auto path = folder.file("stream");
  listener manager{path, SOCK_STREAM};
  auto found = find({{"NOTIFY_SOCKET", path}});
  CAF_REQUIRE(found);
  CAF_CHECK((*found)->tell("READY=1") == ec::system_error);
}

CAF_TEST(a watchdog counts only for the process that is meant) {
  auto path = folder.file("notify");
  listener manager{path};
  auto patience = [&](const std::string& time, const std::string& pid) {
    environment given{{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", time}};
    if (!pid.empty())
      given["WATCHDOG_PID"] = pid;
    auto found = find(given);
    return found && (*found)->patience() ? (*found)->patience()->count() : -1;
  };
  auto own = std::to_string(::getpid());
  CAF_CHECK_EQUAL(patience("2000000", ""), 2'000'000);
  CAF_CHECK_EQUAL(patience("1", own), 1);
  CAF_CHECK_EQUAL(patience("2000000", "1"), -1);
  for (auto pid : {"x", "-1", "99999999999999999999999", " 1"})
    CAF_CHECK_EQUAL(patience("2000000", pid), -1);
  for (auto time : {"", "0", "-1", "1s", "0x10", " 1", "18446744073709551615",
                    "99999999999999999999999"})
    CAF_CHECK_EQUAL(patience(time, own), -1);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace service_manager_suite
