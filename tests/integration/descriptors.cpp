// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE descriptors

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <tuple>

#include "bridges/system/file_descriptor.hpp"
#include "messages/call/remote_call.hpp"
#include "tests/integration/program.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace descriptors_suite {
namespace {

constexpr size_t many = 2000;

/// Connections that say nothing, as many as possible.
class crowd {
public:
  void connect(const sockaddr* address, socklen_t size) {
    for (size_t i = 0; i < many; ++i) {
      file_descriptor one{
        ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
      // No waiting for a backlog that is full.
      ::fcntl(one.get(), F_SETFL, O_NONBLOCK);
      for (int tries = 0; ::connect(one.get(), address, size) != 0
                          && errno == EAGAIN && tries < 1000;
           ++tries)
        ::usleep(1000);
      connections_.push_back(std::move(one));
    }
  }

  void connect_ipc(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    connect(reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }

  void connect_tcp(const std::string& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto port = std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
    address.sin_port = htons(static_cast<uint16_t>(port));
    connect(reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }

  void leave() {
    connections_.clear();
  }

private:
  std::vector<file_descriptor> connections_;
};

struct fixture {
  temporary_folder folder;
  rlimit own{};

  fixture() {
    // For the crowd.
    ::getrlimit(RLIMIT_NOFILE, &own);
    auto raised = own;
    raised.rlim_cur = own.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &raised);
    CAF_REQUIRE(own.rlim_max > 2 * many + 100);
  }

  ~fixture() {
    ::setrlimit(RLIMIT_NOFILE, &own);
  }

  std::vector<std::string> arguments(std::vector<std::string> words) {
    auto file = folder.write(
      "robot.ini", "[router]\nfrontend = [\"ipc://RUNTIME/rpc.sock\", "
                   "\"tcp://127.0.0.1:*\"]\n[process.child]\ncommand = "
                   "[\"/bin/sh\", \"-c\", \"echo limit $(ulimit -Sn) "
                   "$(ulimit -Hn); exec sleep 1000\"]\n");
    words.push_back("--config-file=" + file);
    words.push_back("--application.runtime-directory=" + folder.file("run"));
    words.push_back("--application.state-directory=" + folder.file("state"));
    return words;
  }

  std::unique_ptr<program> start_robot(int soft, int hard) {
    auto limit = "ulimit -Sn " + std::to_string(soft) + "; ulimit -Hn "
                 + std::to_string(hard) + "; exec \"$0\" \"$@\"";
    auto words = arguments({"run"});
    words.insert(words.begin(), {"-c", limit, RR_PROGRAM});
    auto result = std::make_unique<program>(words, std::vector<std::string>{},
                                            "/bin/sh");
    auto text = "limit " + std::to_string(soft) + " " + std::to_string(hard);
    CAF_REQUIRE(!result->wait_for_event(text).is_null());
    return result;
  }

  program::json status() {
    program tool{arguments({"status", "--format=json"})};
    CAF_REQUIRE_EQUAL(tool.wait(), 0);
    return program::json::parse(tool.output());
  }

  std::string tcp() {
    return status()["endpoints"]["router_frontend"][1];
  }

  /// The payload of the broker's answer.
  std::string call(zmq_peer& client, const std::string& method,
                   json args = json::array()) {
    auto payload = encode(rr::request{1, method, std::move(args)});
    client.send({"broker-service", {payload.begin(), payload.end()}});
    auto answer = client.receive(10s);
    return answer.empty() ? "" : answer.back();
  }

  void stop(program& robot) {
    robot.signal(SIGTERM);
    CAF_CHECK_EQUAL(robot.wait(), 0);
  }
};

size_t open_by(const program& robot) {
  std::error_code failed;
  std::filesystem::directory_iterator all{
    "/proc/" + std::to_string(robot.pid()) + "/fd", failed};
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

/// For how many descriptors the kernel has room.
int room_of(const program& robot) {
  std::ifstream file{"/proc/" + std::to_string(robot.pid()) + "/status"};
  for (std::string word; file >> word;)
    if (int room = 0; word == "FDSize:" && file >> room)
      return room;
  return 0;
}

/// CPU time that the process has used.
std::chrono::milliseconds used_by(const program& robot) {
  std::ifstream file{"/proc/" + std::to_string(robot.pid()) + "/stat"};
  std::string text;
  std::getline(file, text);
  std::istringstream fields{text.substr(text.rfind(')') + 1)};
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    fields >> skipped;
  int64_t user = 0;
  int64_t system = 0;
  fields >> user >> system;
  return std::chrono::milliseconds{(user + system) * 1000
                                   / ::sysconf(_SC_CLK_TCK)};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(descriptors_tests, fixture)

CAF_TEST(two thousand connections need no more than a high hard limit) {
  auto robot = start_robot(256, 4096);
  crowd peers;
  peers.connect_tcp(tcp());
  CAF_CHECK(eventually([&] { return open_by(*robot) > many; }));
  auto seen = status();
  CAF_CHECK_EQUAL(seen["descriptors"]["limit"], 4096);
  CAF_CHECK_EQUAL(seen["descriptors"]["refused_connections"], 0);
  stop(*robot);
}

CAF_TEST(nobody waits for the kernel to make room for descriptors) {
  for (auto [soft, hard, room] :
       {std::tuple{256, 4096, 4096}, {64, 128, 128}}) {
    auto robot = start_robot(soft, hard);
    CAF_CHECK_GREATER_OR_EQUAL(room_of(*robot), room);
    CAF_CHECK_LESS(open_by(*robot), 120u);
    stop(*robot);
  }
}

CAF_TEST(two thousand connections do not end a robot of few descriptors) {
  auto robot = start_robot(128, 128);
  auto endpoint = tcp();
  zmq::context_t context;
  zmq_peer client{context, folder.ipc("run/rpc.sock"), "client"};
  CAF_CHECK(call(client, "ping").find("pong") != std::string::npos);
  crowd peers;
  peers.connect_ipc(folder.file("run/rpc.sock"));
  peers.connect_tcp(endpoint);
  CAF_CHECK(eventually([&] { return open_by(*robot) >= 96; }));
  CAF_CHECK_LESS_OR_EQUAL(open_by(*robot), 112u);
  // All are there, and none is to be taken: nothing to do.
  auto before = used_by(*robot);
  std::this_thread::sleep_for(1s);
  CAF_CHECK(used_by(*robot) - before < 300ms);
  // Whoever was there before is served, and what is no connection still has
  // descriptors: a start takes a dozen of them.
  CAF_CHECK(call(client, "ping").find("pong") != std::string::npos);
  CAF_CHECK(call(client, "restart_process", {"child"}).find("running")
            != std::string::npos);
  peers.leave();
  CAF_CHECK(!robot->wait_for_event("Connections refused").is_null());
  auto seen = status();
  CAF_CHECK_EQUAL(seen["descriptors"]["limit"], 128);
  CAF_CHECK_GREATER(seen["descriptors"]["refused_connections"].get<int>(),
                    1000);
  stop(*robot);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace descriptors_suite
