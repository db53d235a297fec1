// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE first_connection

#include "bridges/zmq/first_connection.hpp"

#include <arpa/inet.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/reachable_address.hpp"
#include "messages/error.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace first_connection_suite {
namespace {

using clock_type = std::chrono::steady_clock;

/// Somebody who listens, and takes up to `backlog` connections from the queue
/// of the system, but never says a word.
struct mute {
  file_descriptor listener;
  std::vector<file_descriptor> filling;
  std::string address;
  sockaddr_storage where{};
  socklen_t size = 0;

  explicit mute(int family, const std::string& path = {}, int backlog = 10)
    : listener(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    where.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_UNIX) {
      auto& to = reinterpret_cast<sockaddr_un&>(where);
      std::memcpy(to.sun_path, path.data(), path.size());
      size = sizeof(sockaddr_un);
    } else {
      auto& to = reinterpret_cast<sockaddr_in&>(where);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size = sizeof(sockaddr_in);
    }
    auto at = reinterpret_cast<sockaddr*>(&where);
    if (::bind(listener.get(), at, size) != 0
        || ::listen(listener.get(), backlog) != 0
        || ::getsockname(listener.get(), at, &size) != 0)
      throw std::runtime_error{"cannot listen"};
    address = family == AF_UNIX
                ? "ipc://" + path
                : "tcp://127.0.0.1:"
                    + std::to_string(
                      ntohs(reinterpret_cast<sockaddr_in&>(where).sin_port));
  }

  /// Lets nobody connect any more.
  void fill() {
    for (auto i = 0; i < 20; ++i) {
      file_descriptor one{::socket(
        where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
      static_cast<void>(
        ::connect(one.get(), reinterpret_cast<sockaddr*>(&where), size));
      filling.push_back(std::move(one));
    }
  }
};

struct fixture {
  temporary_folder folder;
  zmq::context_t server;
  zmq::context_t context;
  first_connection_settings settings;

  fixture() {
    settings.timeout = 300ms;
    settings.make = [](zmq::context_t& zmq) -> caf::expected<zmq::socket_t> {
      zmq::socket_t result{zmq, zmq::socket_type::dealer};
      result.set(zmq::sockopt::linger, 0);
      return result;
    };
  }

  ~fixture() {
    server.shutdown();
  }

  zmq::socket_t router(const std::string& address) {
    zmq::socket_t result{server, zmq::socket_type::router};
    result.set(zmq::sockopt::linger, 0);
    result.bind(address);
    return result;
  }

  std::string last_endpoint(zmq::socket_t& socket) {
    return socket.get(zmq::sockopt::last_endpoint);
  }

  /// The address that was taken, or the error.
  std::string outcome() {
    started = clock_type::now();
    auto result = connect_to_first(context, settings);
    took = clock_type::now() - started;
    return result ? result->address : describe(result.error());
  }

  clock_type::time_point started;
  clock_type::duration took{};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(first_connection_tests, fixture)

CAF_TEST(the first that answers is taken whatever is wrong with the others) {
  mute silent{AF_UNIX, folder.file("mute.sock")};
  mute full{AF_UNIX, folder.file("full.sock"), 0};
  full.fill();
  auto good = router("tcp://127.0.0.1:*");
  settings.timeout = 10s;
  settings.addresses = {silent.address, full.address, folder.ipc("absent.sock"),
                        "tcp://no-interface:1", last_endpoint(good)};
  CAF_CHECK_EQUAL(outcome(), last_endpoint(good));
  CAF_CHECK(took < 5s);
}

CAF_TEST(what was sent reaches the one that answered alone) {
  auto first = router(folder.ipc("first.sock"));
  auto second = router(folder.ipc("second.sock"));
  settings.addresses = {folder.ipc("first.sock"), folder.ipc("second.sock")};
  auto result = connect_to_first(context, settings);
  CAF_REQUIRE(result);
  result->socket.send(zmq::str_buffer("hello"));
  for (auto socket : {&first, &second})
    socket->set(zmq::sockopt::rcvtimeo, socket == &first ? 5000 : 50);
  zmq::message_t frame;
  auto& winner = result->address == folder.ipc("first.sock") ? first : second;
  auto& loser = &winner == &first ? second : first;
  winner.set(zmq::sockopt::rcvtimeo, 5000);
  loser.set(zmq::sockopt::rcvtimeo, 50);
  CAF_CHECK(winner.recv(frame));
  CAF_CHECK(!loser.recv(frame));
}

CAF_TEST(nobody at any address is an error at once that names each) {
  settings.timeout = 10s;
  settings.addresses = {"tcp://127.0.0.1:1", folder.ipc("absent.sock")};
  CAF_CHECK_EQUAL(outcome(), "no runtime at " + folder.ipc("absent.sock")
                               + ": no such file or directory; at "
                                 "tcp://127.0.0.1:1: connection refused");
  CAF_CHECK(took < 5s);
}

CAF_TEST(a listener that does not answer takes no longer than the time) {
  mute silent{AF_UNIX, folder.file("mute.sock")};
  settings.addresses = {silent.address};
  CAF_CHECK_EQUAL(outcome(), "no runtime at " + silent.address
                               + ": no answer within 300ms");
  CAF_CHECK(took >= 300ms);
  CAF_CHECK(took < 1s);
}

CAF_TEST(a listener whose queue is full takes no longer than the time) {
  mute local{AF_UNIX, folder.file("full.sock"), 0};
  mute remote{AF_INET, {}, 0};
  local.fill();
  remote.fill();
  settings.addresses = {local.address};
  CAF_CHECK_EQUAL(outcome(), "no runtime at " + local.address
                               + ": its queue of connections is full");
  CAF_CHECK(took < 1s);
  settings.addresses = {remote.address};
  CAF_CHECK_EQUAL(outcome(), "no runtime at " + remote.address
                               + ": no connection within 300ms");
  CAF_CHECK(took < 1s);
}

CAF_TEST(a socket of another user is named with its owner) {
  if (::geteuid() != 0)
    return;
  mute other{AF_UNIX, folder.file("other.sock")};
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(folder.file("other.sock"),
                               std::filesystem::perms::owner_all);
  settings.addresses = {other.address};
  forked user{[&] {
    if (::setresuid(1000, 1000, 1000) != 0)
      return 2;
    return outcome()
               == "no runtime at " + other.address
                    + ": permission denied, it belongs to user 0"
             ? 0
             : 1;
  }};
  CAF_CHECK_EQUAL(user.join(), 0);
}

CAF_TEST(an interruption ends it) {
  mute silent{AF_UNIX, folder.file("mute.sock")};
  file_descriptor interruption{::eventfd(0, EFD_CLOEXEC)};
  settings.addresses = {silent.address};
  settings.timeout = std::nullopt;
  settings.interruption = interruption.get();
  std::thread other{[&] { ::eventfd_write(interruption.get(), 1); }};
  CAF_CHECK_EQUAL(outcome(), "");
  CAF_CHECK(took < 5s);
  other.join();
}

CAF_TEST(who may wait is told once of the absence and meets who comes later) {
  std::vector<std::string> told;
  std::optional<zmq::socket_t> late;
  settings.addresses = {folder.ipc("absent.sock"), folder.ipc("late.sock")};
  settings.timeout = 10s;
  settings.absent = [&](const caf::error& why) {
    told.push_back(describe(why));
    late = router(folder.ipc("late.sock"));
  };
  CAF_CHECK_EQUAL(outcome(), folder.ipc("late.sock"));
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0], "no runtime at " + folder.ipc("absent.sock")
                             + ": no such file or directory; at "
                             + folder.ipc("late.sock")
                             + ": no such file or directory");
}

CAF_TEST(time that passes without anybody is told apart from silence) {
  mute silent{AF_UNIX, folder.file("mute.sock")};
  auto code_at = [&](const std::string& address) {
    settings.addresses = {address};
    settings.timeout = 100ms;
    settings.absent = [](const caf::error&) {};
    auto result = connect_to_first(context, settings);
    return result ? caf::error{} : result.error();
  };
  CAF_CHECK_EQUAL(code_at(folder.ipc("absent.sock")), ec::system_error);
  CAF_CHECK_EQUAL(code_at(silent.address), ec::call_timed_out);
}

CAF_TEST(a port that refuses stays refused while it is tried once more) {
  // Nobody listens there any more.
  auto address = mute{AF_INET}.address;
  settings.addresses = {address};
  settings.absent = [](const caf::error&) {};
  // The last of these tries begins about when the time is over.
  for (auto tries : {1, 1, 1, 1, 1, 2, 2, 3}) {
    settings.timeout = tries * 100ms;
    auto result = connect_to_first(context, settings);
    CAF_REQUIRE(!result);
    CAF_CHECK_EQUAL(result.error(), ec::system_error);
    CAF_CHECK_EQUAL(describe(result.error()),
                    "no runtime at " + address + ": connection refused");
  }
}

CAF_TEST(every kind of host is reached in numbers) {
  auto endpoints = [](const std::string& address) {
    std::vector<std::string> result;
    auto found = find_reachable(address);
    if (!found)
      return std::vector{describe(found.error())};
    for (const auto& each : *found)
      result.push_back(each.endpoint);
    return result;
  };
  using list = std::vector<std::string>;
  CAF_CHECK_EQUAL(endpoints("tcp://*:6000"), list{"tcp://127.0.0.1:6000"});
  for (auto address : {"tcp://[::1]:6000", "tcp://[::1%lo]:6000"})
    CAF_CHECK_EQUAL(endpoints(address), list{"tcp://[::1]:6000"});
  CAF_CHECK_EQUAL(endpoints("tcp://localhost:6000"),
                  (list{"tcp://127.0.0.1:6000", "tcp://[::1]:6000"}));
  auto interface = endpoints("tcp://lo:6000");
  CAF_REQUIRE(!interface.empty());
  CAF_CHECK_EQUAL(interface[0], "tcp://127.0.0.1:6000");
  CAF_CHECK_EQUAL(endpoints("tcp://10.0.0.1:*"),
                  list{"cannot reach tcp://10.0.0.1:*: its port is not known"});
  CAF_CHECK_EQUAL(endpoints("tcp://robot.example:6000"),
                  list{"cannot reach tcp://robot.example:6000: robot.example "
                       "is neither an IP address nor a network interface"});
}

CAF_TEST(a frontend at ip version 6 answers) {
  zmq::socket_t listener{server, zmq::socket_type::router};
  listener.set(zmq::sockopt::ipv6, true);
  listener.set(zmq::sockopt::linger, 0);
  if (zmq_bind(listener.handle(), "tcp://[::1]:*") != 0)
    return;
  settings.addresses = {last_endpoint(listener)};
  settings.timeout = 10s;
  CAF_CHECK_EQUAL(outcome(), last_endpoint(listener));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace first_connection_suite
