// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE journal_socket

#include "bridges/system/journal_socket.hpp"

#include <cerrno>
#include <thread>

#include "messages/error.hpp"
#include "tests/support/fake_journal.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_pipe.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace journal_socket_suite {
namespace {

struct fixture {
  temporary_folder folder;
  std::string path = folder.file("socket");
  std::unique_ptr<fake_journal> journal = std::make_unique<fake_journal>(path);
  std::unique_ptr<journal_socket> socket;

  void connect() {
    auto made = journal_socket::connect(path);
    CAF_REQUIRE(made);
    socket = std::move(*made);
  }

  /// @returns how many entries there was room for.
  int fill() {
    auto result = 0;
    while (socket->try_send("MESSAGE=x\n"))
      ++result;
    return result;
  }
};

std::string stream_of(int fd) {
  struct stat status {};
  ::fstat(fd, &status);
  return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_socket_tests, fixture)

CAF_TEST(a descriptor is the journals when the variable names it) {
  test_pipe one;
  test_pipe two;
  auto name = stream_of(one.out.get());
  CAF_CHECK(is_journal_stream(name.c_str(), one.out.get()));
  CAF_CHECK(!is_journal_stream(name.c_str(), two.out.get()));
  CAF_CHECK(!is_journal_stream(name.c_str(), -1));
  CAF_CHECK(!is_journal_stream(nullptr, one.out.get()));
  auto inode = name.substr(name.find(':'));
  for (const auto& wrong :
       {std::string{}, std::string{":"}, std::string{"x"}, inode, name + ' ',
        ' ' + name, name + ":1", '-' + name, name.substr(0, name.find(':')),
        name + "0", "99999999999999999999" + inode, "0x8" + inode})
    CAF_CHECK(!is_journal_stream(wrong.c_str(), one.out.get()));
}

CAF_TEST(an entry is a datagram) {
  connect();
  CAF_CHECK(socket->send("MESSAGE=one\n"));
  CAF_CHECK(socket->try_send("MESSAGE=two\n"));
  CAF_CHECK_EQUAL(journal->receive().value_or(""), "MESSAGE=one\n");
  CAF_CHECK_EQUAL(journal->receive().value_or(""), "MESSAGE=two\n");
  CAF_CHECK_EQUAL(journal->files, 0);
}

CAF_TEST(an entry that is too large for one is a sealed file) {
  connect();
  auto entry = "MESSAGE=" + std::string(40 << 20, 'x') + '\n';
  CAF_CHECK(socket->send(entry));
  auto received = journal->receive();
  CAF_CHECK(received == entry);
  CAF_CHECK_EQUAL(journal->files, 1);
  CAF_CHECK(socket->send("MESSAGE=y\n"));
  CAF_CHECK_EQUAL(journal->receive().value_or(""), "MESSAGE=y\n");
}

CAF_TEST(a journal that makes room gets what waits) {
  connect();
  auto before = fill();
  CAF_CHECK_GREATER(before, 0);
  CAF_CHECK_EQUAL(socket->last_error(), 0);
  std::thread reader{[&] {
    for (auto i = 0; i < before; ++i)
      journal->receive();
  }};
  CAF_CHECK(socket->send("MESSAGE=last\n"));
  reader.join();
  CAF_CHECK_EQUAL(journal->receive().value_or(""), "MESSAGE=last\n");
}

CAF_TEST(a journal that reads nothing is not waited for at the end) {
  connect();
  fill();
  auto begin = std::chrono::steady_clock::now();
  std::thread ender{[&] { socket->finish(); }};
  CAF_CHECK(!socket->send("MESSAGE=x\n"));
  ender.join();
  for (auto i = 0; i < 1000; ++i)
    CAF_CHECK(!socket->send("MESSAGE=x\n"));
  CAF_CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

CAF_TEST(a journal that was started again is found) {
  connect();
  CAF_CHECK(socket->send("MESSAGE=x\n"));
  journal.reset();
  CAF_CHECK(!socket->send("MESSAGE=y\n"));
  CAF_CHECK_EQUAL(socket->last_error(), ECONNREFUSED);
  journal = std::make_unique<fake_journal>(path);
  CAF_CHECK(socket->send("MESSAGE=z\n"));
  CAF_CHECK_EQUAL(journal->receive().value_or(""), "MESSAGE=z\n");
}

CAF_TEST(no journal is an error that names it) {
  auto none = journal_socket::connect(folder.file("none"));
  CAF_REQUIRE(!none);
  CAF_CHECK_EQUAL(describe(none.error()), "cannot connect to the journal "
                                            + folder.file("none")
                                            + ": no such file or directory");
  CAF_CHECK(!journal_socket::connect(std::string(200, 'x')));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace journal_socket_suite
