// SPDX-License-Identifier: BSD-3-Clause
// What commands do when something is in their way.
#define CAF_SUITE commands

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "tests/integration/program.hpp"
#include "tests/support/commands_fixture.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace commands_suite {
namespace {

using clock_type = std::chrono::steady_clock;

/// A process that makes an event again and again: whoever follows the log gets
/// one, whenever they come.
constexpr auto ticking = "[process.ticker]\ncommand = [\"/bin/sh\", \"-c\", "
                         "\"while :; do echo tick; sleep 0.05; done\"]\n";

/// A UNIX socket that listens, and never takes a connection.
file_descriptor listen_at(const std::string& path, int backlog) {
  file_descriptor result{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::memcpy(where.sun_path, path.data(), path.size());
  if (::bind(result.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where))
        != 0
      || ::listen(result.get(), backlog) != 0)
    throw std::runtime_error{"cannot listen at " + path};
  return result;
}

/// Makes a FIFO without room, whose reader does not read.
file_descriptor full_pipe(const std::string& path) {
  if (::mkfifo(path.c_str(), 0600) != 0)
    throw std::runtime_error{"cannot make " + path};
  file_descriptor result{::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
  const std::string page(4096, '.');
  while (::write(result.get(), page.data(), page.size()) > 0) {
    // Until there is no more room.
  }
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(commands_tests, commands_fixture)

CAF_TEST(no command waits longer for a stopped runtime than its time) {
  auto robot = start_robot();
  robot->signal(SIGSTOP);
  for (auto words : {std::vector<std::string>{"call", "ping"},
                     {"call", "--notification", "ping"},
                     {"call", "--address=other", "ping"},
                     {"status"},
                     {"estop"},
                     {"logs"}}) {
    words.emplace_back("--timeout=500ms");
    auto before = clock_type::now();
    auto tool = run(words);
    CAF_CHECK_EQUAL(tool->wait(), 1);
    auto took = clock_type::now() - before;
    CAF_CHECK(took >= 500ms);
    // For ever, had it no bound; the rest is the machine's.
    CAF_CHECK(took < 10s);
    CAF_CHECK(contains(tool->errors(), "no answer within 500ms"));
    CAF_CHECK(is_one_line(tool->errors()));
    CAF_CHECK(contains(tool->errors(), (folder.path() / "run").string()));
  }
  robot->signal(SIGCONT);
  stop(*robot);
}

CAF_TEST(the time of a command is for connecting and the answer together) {
  std::filesystem::create_directory(folder.path() / "run");
  std::filesystem::permissions(folder.path() / "run",
                               std::filesystem::perms::owner_all);
  auto path = folder.file("run/rpc.sock");
  auto listener = listen_at(path, 10);
  auto before = clock_type::now();
  auto tool = run({"call", "ping", "--timeout=6s"});
  // Nobody lets either in; the end of the shorter one tells the time.
  auto shorter = run({"call", "ping", "--timeout=5s"});
  CAF_CHECK_EQUAL(shorter->wait(), 1);
  // Who lets it in so late has no word for it either.
  zmq::context_t context;
  zmq::socket_t router{context, zmq::socket_type::router};
  router.set(zmq::sockopt::linger, 0);
  router.set(zmq::sockopt::use_fd, ::dup(listener.get()));
  router.bind("ipc://" + path);
  CAF_CHECK_EQUAL(tool->wait(), 1);
  auto took = clock_type::now() - before;
  CAF_CHECK(took >= 6s);
  // Not as long again once it is let in.
  CAF_CHECK(took < 10s);
  CAF_CHECK(contains(tool->errors(), "no answer from broker-service"));
}

CAF_TEST(no command waits longer for a queue that is full than its time) {
  std::filesystem::create_directory(folder.path() / "run");
  std::filesystem::permissions(folder.path() / "run",
                               std::filesystem::perms::owner_all);
  auto path = folder.file("run/rpc.sock");
  auto listener = listen_at(path, 0);
  std::vector<file_descriptor> filling;
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::memcpy(where.sun_path, path.data(), path.size());
  for (auto i = 0; i < 4; ++i) {
    filling.emplace_back(
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    static_cast<void>(::connect(
      filling.back().get(), reinterpret_cast<sockaddr*>(&where), sizeof where));
  }
  for (auto words :
       {std::vector<std::string>{"call", "ping"}, {"status"}, {"estop"}}) {
    words.emplace_back("--timeout=300ms");
    auto before = clock_type::now();
    auto tool = run(words);
    CAF_CHECK_EQUAL(tool->wait(), 1);
    CAF_CHECK(clock_type::now() - before < 10s);
    CAF_CHECK(contains(tool->errors(), "its queue of connections is full"));
  }
}

CAF_TEST(a signal ends every command that waits) {
  std::filesystem::create_directory(folder.path() / "run");
  auto frontend = listen_at(folder.file("run/rpc.sock"), 10);
  auto log = listen_at(folder.file("run/log-frontend.sock"), 10);
  for (auto signal : {SIGINT, SIGTERM})
    for (auto words : {std::vector<std::string>{"call", "ping"},
                       {"status"},
                       {"estop"},
                       {"logs"}}) {
      words.emplace_back("--timeout=60s");
      auto tool = run(words);
      // It is under way once somebody knocks.
      pollfd knocking[] = {{frontend.get(), POLLIN, 0}, {log.get(), POLLIN, 0}};
      CAF_REQUIRE(::poll(knocking, 2, 20'000) > 0);
      auto before = clock_type::now();
      tool->signal(signal);
      CAF_CHECK_EQUAL(tool->wait(), words[0] == "logs" ? 0 : -signal);
      CAF_CHECK(clock_type::now() - before < 15s);
      while (::poll(knocking, 2, 0) > 0)
        for (const auto& each : knocking)
          if (each.revents != 0)
            ::close(::accept4(each.fd, nullptr, nullptr, SOCK_CLOEXEC));
    }
}

CAF_TEST(the first address that answers is taken by every command) {
  configuration += ticking;
  auto frontend = configuration.find("[\"ipc://RUNTIME/rpc.sock\"]");
  auto robot = start_robot();
  configuration.replace(frontend, 26,
                        "[\"ipc://RUNTIME/none.sock\", \"tcp://127.0.0.1:1\", "
                        "\"ipc://RUNTIME/rpc.sock\"]");
  auto ping = run({"call", "ping"});
  CAF_CHECK_EQUAL(ping->wait(), 0);
  CAF_CHECK_EQUAL(ping->output(), "\"pong\"\n");
  CAF_CHECK_EQUAL(run({"status"})->wait(), 0);
  // A test's program has one from the environment, which comes before the file.
  auto logs = run({"logs", "--count=1", "--format=json",
                   "--log.frontend=[\"ipc://RUNTIME/no-log.sock\", "
                   "\"ipc://RUNTIME/log-frontend.sock\"]"});
  CAF_CHECK_EQUAL(logs->wait(), 0);
  CAF_CHECK_EQUAL(logs->events().size(), 1u);
  CAF_CHECK_EQUAL(run({"estop"})->wait(), 0);
  CAF_CHECK_EQUAL(robot->wait(), 255);
  auto tool = run({"estop"});
  CAF_CHECK_EQUAL(tool->wait(), 1);
  CAF_CHECK(is_one_line(tool->errors()));
  for (auto part :
       {"none.sock: no such file", "127.0.0.1:1: connection refused",
        "rpc.sock: no such file"})
    CAF_CHECK(contains(tool->errors(), part));
}

CAF_TEST(another user stops the robot by the address that is open to them) {
  if (::geteuid() != 0)
    return;
  // A port that is free now; the kernel hands it to nobody else soon.
  zmq::context_t context;
  zmq::socket_t finder{context, zmq::socket_type::router};
  finder.bind("tcp://127.0.0.1:*");
  auto address = finder.get(zmq::sockopt::last_endpoint);
  finder.close();
  auto frontend = configuration.find("[\"ipc://RUNTIME/rpc.sock\"]");
  configuration.replace(frontend, 26,
                        "[\"" + address + "\", \"ipc://RUNTIME/rpc.sock\"]");
  auto robot = start_robot();
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::vector<std::string> words{"--reuid=1000", "--regid=1000",
                                 "--clear-groups", RR_PROGRAM};
  for (const auto& word : arguments({"estop"}))
    words.push_back(word);
  program tool{words, {}, "/usr/bin/setpriv"};
  CAF_CHECK_EQUAL(tool.wait(), 0);
  CAF_CHECK_EQUAL(tool.errors(), "");
  CAF_CHECK_EQUAL(robot->wait(), 255);
}

CAF_TEST(output that cannot be written is a failure of every command) {
  configuration += ticking;
  auto robot = start_robot();
  for (const auto& words : {std::vector<std::string>{"call", "ping"},
                            {"status"},
                            {"status", "--format=json"},
                            {"buffers", "list", "--format=json"},
                            {"status", "--help"},
                            {"--help"},
                            {"--version"}}) {
    for (auto redirection : {"> /dev/full", ">&-"}) {
      auto tool = run_to(words, redirection);
      CAF_CHECK_EQUAL(tool->wait(), 1);
      CAF_CHECK(contains(tool->errors(), "cannot write standard output"));
      CAF_CHECK(is_one_line(tool->errors()));
    }
  }
  for (auto redirection : {"> /dev/full", ">&-"}) {
    auto logs = run_to({"logs"}, redirection);
    CAF_CHECK_EQUAL(logs->wait(), 1);
    CAF_CHECK(contains(logs->errors(), "cannot write standard output"));
  }
  stop(*robot);
}

CAF_TEST(no command waits longer for its reader than its time) {
  auto robot = start_robot();
  auto reader = full_pipe(folder.file("pipe"));
  for (auto words : {std::vector<std::string>{"call", "ping"},
                     {"status"},
                     {"status", "--format=json"},
                     {"stop", "camera"}}) {
    words.emplace_back("--timeout=500ms");
    auto before = clock_type::now();
    auto tool = run_to(words, "> '" + folder.file("pipe") + "'");
    CAF_CHECK_EQUAL(tool->wait(), 1);
    auto took = clock_type::now() - before;
    CAF_CHECK(took >= 500ms);
    CAF_CHECK(took < 5s);
    CAF_CHECK_EQUAL(tool->errors(), "robot-runtime: cannot write standard "
                                    "output: its reader takes too long\n");
  }
  stop(*robot);
}

CAF_TEST(a reader that has gone is a failure without a word) {
  auto robot = start_robot();
  for (const auto& words :
       {std::vector<std::string>{"status", "--format=json"}, {"--help"}}) {
    auto tool = run_to(words, "");
    tool->close_output();
    auto code = tool->wait();
    // Else it had written before the reader went.
    CAF_CHECK(code == 1 || code == 0);
    CAF_CHECK_EQUAL(tool->errors(), "");
  }
  stop(*robot);
}

CAF_TEST(bad usage exits with 2) {
  for (const auto& args : {std::vector<std::string>{},
                           {"rnu"},
                           {"run", "--nonsense"},
                           {"check", "stray"}}) {
    program bad{args};
    CAF_CHECK_EQUAL(bad.wait(), 2);
    CAF_CHECK(!bad.errors().empty());
  }
}

CAF_TEST(help and version are answered on standard output) {
  for (const auto& args : {std::vector<std::string>{"--help"},
                           {"--version"},
                           {"run", "--help"},
                           {"check", "--help"}}) {
    program help{args};
    CAF_CHECK_EQUAL(help.wait(), 0);
    CAF_CHECK(!help.events().empty());
    CAF_CHECK_EQUAL(help.errors(), "");
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace commands_suite
