// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE zmq_binding

#include "bridges/zmq/zmq_binding.hpp"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/forked.hpp"
#include "tests/support/router_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace zmq_binding_suite {
namespace {

int listen_at(const std::string& path) {
  auto result = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::memcpy(where.sun_path, path.data(), path.size());
  if (::bind(result, reinterpret_cast<sockaddr*>(&where), sizeof(where)) != 0
      || ::listen(result, 1) != 0)
    throw std::runtime_error{"cannot listen at " + path};
  return result;
}

struct fixture {
  temporary_folder folder;
  zmq::context_t context;
  std::string path = folder.file("rpc.sock");
  std::string address = "ipc://" + path;

  zmq::socket_t socket() {
    return {context, zmq::socket_type::router};
  }

  std::string bind_error(const std::string& where) {
    auto target = socket();
    auto made = zmq_binding::make(target, where);
    return made ? "bound" : describe(made.error());
  }

  std::string served() const {
    return "cannot bind " + address + ": another process is serving it";
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(zmq_binding_tests, fixture)

CAF_TEST(a tcp address in use is an error) {
  auto first = socket();
  auto held = unbox(zmq_binding::make(first, "tcp://127.0.0.1:*"));
  CAF_CHECK_EQUAL(bind_error(held.endpoint()), "cannot bind " + held.endpoint()
                                                 + ": address already in use");
}

CAF_TEST(an ipc path that another binding holds is an error) {
  auto first = socket();
  auto held = unbox(zmq_binding::make(first, address));
  CAF_CHECK_EQUAL(bind_error(address), served());
  CAF_CHECK(std::filesystem::exists(path));
}

CAF_TEST(a folder that somebody has locked for good is an error) {
  auto lock = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  CAF_REQUIRE_EQUAL(::flock(lock, LOCK_EX), 0);
  CAF_CHECK_EQUAL(bind_error(address),
                  "cannot bind " + address
                    + ": another process has locked the folder "
                    + folder.path().string());
  ::close(lock);
  CAF_CHECK_EQUAL(bind_error(address), "bound");
}

CAF_TEST(a binding does not keep its folder locked) {
  auto first = socket();
  auto held = unbox(zmq_binding::make(first, address));
  CAF_CHECK_EQUAL(bind_error(folder.ipc("other.sock")), "bound");
}

CAF_TEST(of many that bind one path of a dead process at once one succeeds) {
  for (auto round = 0; round < 20; ++round) {
    ::close(listen_at(path));
    std::atomic<int> bound{0};
    std::atomic<int> done{0};
    constexpr auto count = 8;
    std::vector<std::thread> threads;
    for (auto i = 0; i < count; ++i)
      threads.emplace_back([&] {
        auto target = socket();
        auto made = zmq_binding::make(target, address);
        bound += made ? 1 : 0;
        ++done;
        // A live one, as long as there are others.
        while (done < count)
          std::this_thread::yield();
      });
    for (auto& each : threads)
      each.join();
    CAF_CHECK_EQUAL(bound.load(), 1);
  }
}

CAF_TEST(an ipc path that somebody serves without the lock is an error) {
  auto fd = listen_at(path);
  CAF_CHECK_EQUAL(bind_error(address), served());
  CAF_CHECK(std::filesystem::exists(path));
  ::close(fd);
}

CAF_TEST(an ipc path of a dead process is replaced) {
  ::close(listen_at(path));
  // As versions before left it, perhaps another user's.
  std::ofstream lock{path + ".lock"};
  CAF_REQUIRE(std::filesystem::exists(path));
  CAF_CHECK_EQUAL(bind_error(address), "bound");
}

CAF_TEST(an ipc path is free again once its process has been killed) {
  auto child = ::fork();
  if (child == 0) {
    // Only system calls from here on.
    listen_at(path);
    for (;;)
      ::pause();
  }
  CAF_REQUIRE(eventually([&] { return std::filesystem::exists(path); }));
  CAF_CHECK_EQUAL(bind_error(address), served());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CAF_CHECK_EQUAL(bind_error(address), "bound");
}

CAF_TEST(a folder that all users share is used by one after the other) {
  if (::geteuid() != 0)
    return;
  std::filesystem::permissions(folder.path(),
                               std::filesystem::perms::all
                                 | std::filesystem::perms::sticky_bit);
  for (auto user : {0u, 1000u, 1001u, 0u, 1001u, 1000u}) {
    forked other{[&] {
      if (::setresuid(user, user, user) != 0)
        return 2;
      return bind_error(address) == "bound" ? 0 : 1;
    }};
    CAF_CHECK_EQUAL(other.join(), 0);
  }
  CAF_CHECK(std::filesystem::is_empty(folder.path()));
}

CAF_TEST(what another user has left of a socket is named with its owner) {
  if (::geteuid() != 0)
    return;
  std::filesystem::permissions(folder.path(),
                               std::filesystem::perms::all
                                 | std::filesystem::perms::sticky_bit);
  ::close(listen_at(path));
  auto as_other = [&](const std::string& expected) {
    forked other{[&] {
      return ::setresuid(1000, 1000, 1000) == 0
                 && bind_error(address) == expected
               ? 0
               : 1;
    }};
    CAF_CHECK_EQUAL(other.join(), 0);
  };
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  as_other("cannot bind " + address
           + ": a socket is there already: permission denied, it belongs to "
             "user 0");
  std::filesystem::permissions(path, std::filesystem::perms::all);
  as_other("cannot bind " + address
           + ": cannot remove the socket that a dead process left: operation "
             "not permitted, it belongs to user 0");
  // Root may.
  CAF_CHECK_EQUAL(bind_error(address), "bound");
}

CAF_TEST(a path that is no socket is left alone) {
  std::ofstream{path} << "notes";
  CAF_CHECK_EQUAL(bind_error(address),
                  "cannot bind " + address
                    + ": the path exists and is not a socket");
  CAF_CHECK_EQUAL(std::filesystem::file_size(path), 5u);
}

CAF_TEST(a folder that does not exist is an error) {
  auto where = folder.ipc("none/rpc.sock");
  CAF_CHECK_EQUAL(bind_error(where),
                  "cannot bind " + where + ": no such file or directory");
}

CAF_TEST(a path that does not fit a socket is an error) {
  auto where = "ipc:///" + std::string(107, 'x');
  CAF_CHECK_EQUAL(bind_error(where), "cannot bind " + where
                                       + ": the path is longer than 107 bytes");
  CAF_CHECK_EQUAL(bind_error("ipc://*"),
                  "cannot bind ipc://*: not the path of a socket");
}

CAF_TEST(an address that libzmq does not know is an error) {
  CAF_CHECK_EQUAL(bind_error("carrier://pigeon"),
                  "cannot bind carrier://pigeon: protocol not supported");
}

CAF_TEST(the end of a binding frees its path at once) {
  for (auto i = 0; i < 50; ++i) {
    auto target = socket();
    auto held = zmq_binding::make(target, address);
    CAF_REQUIRE(held);
    CAF_REQUIRE(std::filesystem::exists(path));
  }
  CAF_CHECK(std::filesystem::is_empty(folder.path()));
}

CAF_TEST(the end of a binding leaves what another has put in its place) {
  auto target = socket();
  auto held
    = std::make_unique<zmq_binding>(unbox(zmq_binding::make(target, address)));
  std::filesystem::remove(path);
  auto fd = listen_at(path);
  held.reset();
  CAF_CHECK(std::filesystem::exists(path));
  ::close(fd);
}

CAF_TEST(too few descriptors are an error and no abort) {
  auto target = socket();
  rlimit old{};
  ::getrlimit(RLIMIT_NOFILE, &old);
  auto next = ::dup(0);
  ::close(next);
  rlimit tight{static_cast<rlim_t>(next) + 3, old.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &tight);
  auto made = zmq_binding::make(target, "tcp://127.0.0.1:*");
  ::setrlimit(RLIMIT_NOFILE, &old);
  CAF_REQUIRE(!made);
  CAF_CHECK_EQUAL(describe(made.error()),
                  "cannot bind tcp://127.0.0.1:*: too many open files");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace zmq_binding_suite
