// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE configuration

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <sstream>

#include "tests/integration/program.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace configuration_suite {
namespace {

using texts = std::vector<std::string>;

/// A robot whose options come from a file that is replaced while it runs.
struct fixture {
  temporary_folder folder;
  std::string file = folder.file("robot.ini");
  std::string good = "[application]\nruntime-directory = \"run\"\n"
                     "state-directory = \"state\"\n"
                     "[router]\nfrontend = [\"ipc://RUNTIME/rpc.sock\"]\n";

  std::unique_ptr<program> run(texts words, texts environment = {}) {
    words.push_back("--config-file=" + file);
    environment.push_back("HOME=" + folder.path().string());
    environment.emplace_back("XDG_RUNTIME_DIR=");
    return std::make_unique<program>(std::move(words), std::move(environment));
  }

  /// The warnings that a command gives, and nothing else.
  size_t warnings_of(program& tool) {
    std::istringstream in{tool.errors()};
    size_t result = 0;
    for (std::string line; std::getline(in, line); ++result)
      CAF_CHECK(line.starts_with("warning: "));
    return result;
  }
};

bool contains(const std::string& text, const std::string& part) {
  auto result = text.find(part) != std::string::npos;
  if (!result)
    CAF_MESSAGE("got " << text);
  return result;
}

/// Starts without a robot, so that it says where it has looked.
std::string start_of(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(configuration_tests, fixture)

CAF_TEST(commands go on with what is wrong elsewhere and warn once) {
  for (auto& rest :
       {std::string{"[process.a]\ncommand = [\"./rebuilt\"]\n"},
        std::string{"[log]\nlevel = \"inof\"\nqueue = 0\n[ruoter]\n"},
        std::string{"[process.a]\ncommand = [\"sh\",\n"},
        std::string{"[application\nname = \"x\n\0\xff\n", 26},
        "[a]\n" + std::string(2'000'000, '?') + '\n'}) {
    folder.write("robot.ini", good + rest);
    for (const auto& words : {texts{"call", "ping"}, {"status"}, {"estop"}}) {
      auto tool = run(words);
      CAF_CHECK_EQUAL(tool->wait(), 1);
      // It has looked where the file says.
      CAF_CHECK(contains(tool->errors(), folder.file("run/rpc.sock")));
      auto& text = tool->errors();
      CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 2);
      CAF_CHECK(contains(text, "warning: " + file));
    }
    auto tool = run({"buffers", "list", "--device.prefix=none"});
    CAF_CHECK_EQUAL(tool->wait(), 0);
    CAF_CHECK_EQUAL(warnings_of(*tool), 1u);
  }
}

CAF_TEST(what a command needs is held to be right but not by a stop) {
  folder.write("robot.ini", "[router]\nfrontend = [\"nowhere\"]\n"
                            "[application]\nruntime-directory = \"run\"\n");
  auto call = run({"call", "ping"});
  CAF_CHECK_EQUAL(call->wait(), 2);
  CAF_CHECK(start_of(call->errors()).starts_with(file + ":2: [router] front"));
  auto stop = run({"estop", "--client.timeout=soon"},
                  {"RR_ROUTER_FRONTEND=ipc://" + folder.file("x.sock")});
  CAF_CHECK_EQUAL(stop->wait(), 1);
  CAF_CHECK(
    contains(stop->errors(), "no runtime at ipc://" + folder.file("x.sock")));
  CAF_CHECK(
    contains(stop->errors(), "warning: command line: [client] timeout"));
}

CAF_TEST(a stop works whatever the file is) {
  auto frontend = "RR_ROUTER_FRONTEND=ipc://" + folder.file("x.sock");
  auto stops = [&](const std::string& what) {
    auto tool = run({"estop"}, {frontend});
    CAF_CHECK_EQUAL(tool->wait(), 1);
    CAF_CHECK(contains(tool->errors(), "no runtime at ipc://"));
    CAF_CHECK(contains(tool->errors(), what));
  };
  stops("no such file or directory");
  CAF_REQUIRE_EQUAL(::mkfifo(file.c_str(), 0600), 0);
  stops("is a FIFO that nobody writes to");
  std::filesystem::remove(file);
  CAF_REQUIRE_EQUAL(::mkdir(file.c_str(), 0700), 0);
  stops("is a directory");
  std::filesystem::remove(file);
  folder.write("robot.ini", std::string(16 << 20, '\xff'));
  stops("larger than 1 MiB");
  folder.write("robot.ini", std::string((16 << 20) + 1, '\xff'));
  stops("larger than 16 MiB");
}

CAF_TEST(a stop waits for no file that comes by a pipe) {
  CAF_REQUIRE_EQUAL(::mkfifo(file.c_str(), 0600), 0);
  // Somebody who has opened it and writes nothing.
  file_descriptor writer{::open(file.c_str(), O_RDWR | O_CLOEXEC)};
  auto before = std::chrono::steady_clock::now();
  auto tool = run({"estop"},
                  {"RR_ROUTER_FRONTEND=ipc://" + folder.file("x.sock")});
  CAF_CHECK_EQUAL(tool->wait(), 1);
  CAF_CHECK(contains(tool->errors(), "no runtime at ipc://"));
  // Others wait for five seconds.
  CAF_CHECK(std::chrono::steady_clock::now() - before
            < std::chrono::seconds{4});
}

CAF_TEST(a robot is stopped by a file that no robot would start with) {
  folder.write("robot.ini", good);
  auto robot = run({"run"});
  CAF_REQUIRE(!robot->wait_for_event("Health check").is_null());
  folder.write("robot.ini", good + "[process.a]\ncommand = [\"gone\"]\n?\n");
  auto stop = run({"estop"});
  CAF_CHECK_EQUAL(stop->wait(), 0);
  CAF_CHECK_EQUAL(warnings_of(*stop), 1u);
  CAF_CHECK_EQUAL(robot->wait(), 255);
}

CAF_TEST(check says what it found and warns of no promise that is kept) {
  folder.write("robot.ini", good + "[process.a]\ncommand = [\"true\"]\n");
  auto check = run({"check"});
  CAF_CHECK_EQUAL(check->wait(), 0);
  CAF_CHECK_EQUAL(check->errors(), "");
  CAF_CHECK_EQUAL(check->output(), file
                                     + ": 1 process, 0 types of devices, 0 "
                                       "named devices\n");
  folder.write("robot.ini", good + "[emergency-stop]\nlatch = true\n");
  check = run({"check"});
  CAF_CHECK_EQUAL(check->wait(), 0);
  CAF_CHECK_EQUAL(check->errors(), "");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace configuration_suite
