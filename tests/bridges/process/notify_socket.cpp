// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE notify_socket

#include "bridges/process/notify_socket.hpp"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <caf/test/dsl.hpp>

#include "bridges/process/containment.hpp"
#include "bridges/process/notify_reader.hpp"
#include "bridges/process/process_family.hpp"
#include "messages/error.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;

namespace notify_socket_suite {
namespace {

struct unix_address {
  sockaddr_un name{};
  socklen_t size = 0;

  explicit unix_address(std::string path) {
    name.sun_family = AF_UNIX;
    auto extra = path[0] == '@' ? 0u : 1u;
    if (path[0] == '@')
      path[0] = '\0';
    std::memcpy(name.sun_path, path.data(), path.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()
                                  + extra);
  }
};

/// Sends as libsystemd does.
/// @param descriptors come with it.
bool send_to(const std::string& address, std::string_view text,
             const std::vector<int>& descriptors = {}) {
  file_descriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  unix_address to{address};
  iovec what{const_cast<char*>(text.data()), text.size()};
  msghdr header{};
  header.msg_name = &to.name;
  header.msg_namelen = to.size;
  header.msg_iov = &what;
  header.msg_iovlen = 1;
  std::vector<char> control(CMSG_SPACE(sizeof(int) * descriptors.size()));
  if (!descriptors.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    auto rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    std::memcpy(CMSG_DATA(rights), descriptors.data(),
                sizeof(int) * descriptors.size());
  }
  return ::sendmsg(socket.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT)
         == static_cast<ssize_t>(text.size());
}

struct fixture {
  temporary_folder folder;
  std::shared_ptr<notify_socket> socket;
  int told = 0;

  fixture() {
    ::chmod(folder.path().c_str(), 0700);
    open(folder.path().string());
    // The test is the child, and its own parent.
    socket->open_for(::getpid(), [this] { ++told; });
  }

  void open(const std::string& directory) {
    auto made = notify_socket::make(directory);
    if (!made)
      CAF_FAIL(describe(made.error()));
    socket = std::move(*made);
  }

  bool send(std::string_view text, const std::vector<int>& descriptors = {}) {
    return send_to(socket->address(), text, descriptors);
  }

  child_news news() {
    socket->receive();
    return socket->take();
  }
};

/// A process that sends, and has ended or waits to be ended.
class sender {
public:
  /// @param apart in a group of its own, with a parent that has ended.
  sender(const std::string& address, std::string_view text, bool stays) {
    int ends[2];
    CAF_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setsid();
      send_to(address, text);
      ::close(ends[1]);
      if (stays)
        ::pause();
      ::_exit(0);
    }
    ::close(ends[1]);
    char unused;
    [[maybe_unused]] auto count = ::read(ends[0], &unused, 1);
    ::close(ends[0]);
    if (!stays)
      ::waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

  ~sender() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  pid_t pid() const {
    return pid_;
  }

private:
  pid_t pid_ = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(notify_socket_tests, fixture)

CAF_TEST(what a child says is heard once and told once) {
  CAF_CHECK(send("READY=1\nSTATUS=up"));
  CAF_CHECK(send("STATUS=still up"));
  socket->receive();
  socket->receive();
  CAF_CHECK_EQUAL(told, 1);
  auto x = socket->take();
  CAF_CHECK(x.ready);
  CAF_CHECK(x.status == "still up");
  CAF_CHECK(!news().ready);
  send("STOPPING=1");
  CAF_CHECK(news().stopping);
  CAF_CHECK_EQUAL(told, 2);
}

CAF_TEST(a heartbeat is kept and told to nobody) {
  auto before = std::chrono::steady_clock::now();
  for (auto i = 0; i < 100; ++i) {
    send("WATCHDOG=1");
    socket->receive();
  }
  CAF_CHECK_EQUAL(told, 0);
  auto heartbeat = socket->take().heartbeat;
  CAF_REQUIRE(heartbeat);
  CAF_CHECK(*heartbeat >= before);
  // It is the last one until there is another.
  CAF_CHECK(socket->take().heartbeat == heartbeat);
}

CAF_TEST(nothing is read before the child is known nor after its end) {
  open(folder.path().string());
  send("READY=1");
  CAF_CHECK(!news().ready);
  socket->open_for(::getpid(), [this] { ++told; });
  CAF_CHECK(news().ready);
  send("STOPPING=1");
  socket->close();
  CAF_CHECK(socket->take().stopping);
  send("READY=1");
  CAF_CHECK(!news().ready);
}

CAF_TEST(hostile datagrams do no harm) {
  std::string flood(4096, '\n');
  for (const auto& text :
       {std::string{}, std::string{"\0", 1}, std::string(4096, '='),
        std::string(4096, '\xff'), std::string{"READY=1\0READY=1", 15},
        std::string(4097, 'x'), std::string(65'536, 'x'), flood,
        "STATUS=" + std::string(4000, '\x1b')}) {
    send(text);
    auto x = news();
    CAF_CHECK(!x.ready && !x.stopping && !x.triggered && !x.heartbeat);
  }
  send("READY=1");
  CAF_CHECK(news().ready);
}

CAF_TEST(what is too long is refused and named once) {
  send(std::string(5000, 'x'));
  send("READY=1\n" + std::string(5000, 'x'));
  auto x = news();
  CAF_CHECK(!x.ready);
  CAF_CHECK(
    (x.refused == std::vector<std::string>{"it is too long, or no text"}));
  CAF_CHECK_EQUAL(told, 1);
  send(std::string(5000, 'x'));
  CAF_CHECK(news().refused.empty());
}

CAF_TEST(descriptors that come with a message are closed) {
  int ends[2];
  CAF_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  auto before = open_descriptors();
  for (auto i = 0; i < 20; ++i)
    send("FDSTORE=1\nREADY=1", std::vector<int>(253, ends[1]));
  auto x = news();
  CAF_CHECK(x.ready);
  CAF_CHECK_EQUAL(x.refused.size(), 1u);
  CAF_CHECK_EQUAL(open_descriptors(), before);
  ::close(ends[0]);
  ::close(ends[1]);
}

CAF_TEST(a barrier is answered once what came before it was heard) {
  int ends[2];
  CAF_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  send("READY=1");
  send("BARRIER=1", {ends[1]});
  ::close(ends[1]);
  pollfd barrier{ends[0], 0, 0};
  CAF_CHECK_EQUAL(::poll(&barrier, 1, 0), 0);
  socket->receive();
  CAF_CHECK_EQUAL(::poll(&barrier, 1, 0), 1);
  CAF_CHECK((barrier.revents & POLLHUP) != 0);
  CAF_CHECK(socket->take().ready);
  ::close(ends[0]);
}

CAF_TEST(a flood is read in parts) {
  size_t sent = 0;
  while (sent < 1000 && send("STATUS=x"))
    ++sent;
  CAF_CHECK_GREATER(sent, 0u);
  socket->receive();
  CAF_CHECK(socket->take().status == "x");
  while (news().status)
    continue;
  CAF_CHECK(send("READY=1"));
  CAF_CHECK(news().ready);
}

CAF_TEST(who has been started by the child may speak for it) {
  sender living{socket->address(), "READY=1", true};
  CAF_CHECK(kinship_of(living.pid(), ::getpid()) == kinship::own);
  CAF_CHECK(news().ready);
}

CAF_TEST(who is gone counts by its user) {
  sender gone{socket->address(), "READY=1", false};
  CAF_CHECK(news().ready);
}

CAF_TEST(one that ends while it is looked at is nobody or gone) {
  sender child{"", "", true};
  for (auto i = 0; i < 100; ++i) {
    forked other{[] { return ::pause(); }};
    auto pid = other.pid();
    std::thread end{[&other, i] {
      // At another instant each time, however busy the machine is.
      std::atomic<int> turns = 0;
      while (++turns < 100 * i)
        continue;
      other.kill();
    }};
    while (kinship_of(pid, child.pid()) != kinship::gone)
      continue;
    end.join();
  }
}

CAF_TEST(another process of the same user is refused and named) {
  // The child is one that this process does not descend from.
  sender child{"", "", true};
  open(folder.path().string());
  socket->open_for(child.pid(), [this] { ++told; });
  sender other{socket->address(), "READY=1", true};
  send("READY=1");
  auto x = news();
  CAF_CHECK(!x.ready);
  CAF_REQUIRE_EQUAL(x.refused.size(), 1u);
  CAF_CHECK(x.refused[0].starts_with("it comes from process "
                                     + std::to_string(other.pid())));
}

CAF_TEST(another main process is refused unless it is of the child) {
  send("MAINPID=1");
  auto x = news();
  CAF_REQUIRE_EQUAL(x.refused.size(), 1u);
  CAF_CHECK(x.refused[0].starts_with("MAINPID=1: "));
  open(folder.path().string());
  socket->open_for(::getpid(), [] {});
  sender own{socket->address(), "", true};
  send("MAINPID=" + std::to_string(own.pid()) + "\nREADY=1");
  x = news();
  CAF_CHECK(x.refused.empty());
  CAF_CHECK(x.ready);
}

CAF_TEST(the socket has a file of its own that goes with it) {
  auto path = socket->address();
  CAF_CHECK(path.starts_with(folder.path().string() + "/notify-"));
  struct stat info {};
  CAF_CHECK_EQUAL(::stat(path.c_str(), &info), 0);
  socket.reset();
  CAF_CHECK(::stat(path.c_str(), &info) != 0);
}

CAF_TEST(what would be too long has an abstract name) {
  auto deep = folder.path().string() + '/' + std::string(100, 'd');
  ::mkdir(deep.c_str(), 0700);
  for (const auto& directory : {deep, std::string{}}) {
    open(directory);
    CAF_CHECK(socket->address().starts_with("@notify-"));
    socket->open_for(::getpid(), [] {});
    CAF_CHECK(send("READY=1"));
    CAF_CHECK(news().ready);
  }
  ::rmdir(deep.c_str());
}

CAF_TEST(what a killed runtime has left is removed) {
  auto dead = [] {
    auto pid = ::fork();
    if (pid == 0)
      ::_exit(0);
    ::waitpid(pid, nullptr, 0);
    return pid;
  }();
  auto touch = [this](const std::string& name) {
    file_descriptor{::open((folder.path().string() + '/' + name).c_str(),
                           O_CREAT | O_WRONLY, 0600)};
  };
  touch("notify-" + std::to_string(dead) + "-00");
  touch("notify-" + std::to_string(::getppid()) + "-00");
  touch("other");
  notify_socket::remove_stale(folder.path().string());
  auto left = list_directory(folder.path().string());
  CAF_CHECK_EQUAL(left.size(), 3u);
  CAF_CHECK(std::count(left.begin(), left.end(), "other") == 1);
  for (const auto& each : left)
    ::unlink((folder.path().string() + '/' + each).c_str());
}

CAF_TEST(the reader hears every socket and lets go of each) {
  auto reader = std::make_unique<notify_reader>();
  guarded facts;
  auto heard = 0;
  std::vector<std::shared_ptr<notify_socket>> all;
  for (auto i = 0; i < 20; ++i) {
    auto made = notify_socket::make(folder.path().string());
    CAF_REQUIRE(made);
    all.push_back(*made);
    all.back()->open_for(::getpid(), [&] { facts.change([&] { ++heard; }); });
    CAF_REQUIRE(!reader->add(all.back()));
    send_to(all.back()->address(), "READY=1");
  }
  CAF_CHECK(facts.wait([&] { return heard == 20; }));
  for (const auto& each : all) {
    reader->remove(*each);
    CAF_CHECK_EQUAL(each.use_count(), 1);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace notify_socket_suite
