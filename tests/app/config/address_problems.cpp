// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE address_problems

#include "app/config/options.hpp"

#include "tests/support/options_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;

namespace address_problems_suite {

CAF_TEST_FIXTURE_SCOPE(address_problems_tests, options_fixture)

CAF_TEST(what no socket can be bound to is told) {
  auto told = [&](const std::string& argument) {
    auto all = problems(options::read({argument}, env));
    return all.size() == 1 ? all[0] : caf::deep_to_string(all);
  };
  auto starts = [&](const std::string& argument, const std::string& text) {
    auto result = told(argument).starts_with(text);
    if (!result)
      CAF_MESSAGE("got " << told(argument));
    return result;
  };
  CAF_CHECK_EQUAL(told("--router.frontend=tcp://localhost:7000"), "[]");
  CAF_CHECK_EQUAL(told("--control.address=udp://lo:7000"), "[]");
  CAF_CHECK(starts("--router.frontend=tcp://rr-none0:7000",
                   "command line: [router] frontend: \"tcp://rr-none0:7000\" "
                   "names no interface of this machine, expected an IPv4"));
  CAF_CHECK(starts("--control.address=udp://[fe80::1%rr-none0]:7000",
                   "command line: [control] address: "));
  CAF_CHECK(starts("--control.address=udp://224.1.1.1:7000",
                   "command line: [control] address: "
                   "\"udp://224.1.1.1:7000\" is of a group, expected"));
  CAF_CHECK(starts("--update.address=udp://[ff02::1]:7000",
                   "command line: [update] address: \"udp://[ff02::1]:7000\" "
                   "is an IPv6 address, expected an IPv4"));
  CAF_CHECK(starts("--router.frontend=tcp://224.1.1.1:7000",
                   "command line: [router] frontend: \"tcp://224.1.1.1:7000\" "
                   "is of a group, which has no connections"));
  CAF_CHECK(starts("--router.frontend=tcp://192.0.2.1:7000",
                   "warning: command line: [router] frontend: "
                   "\"tcp://192.0.2.1:7000\" is no address that this machine "
                   "has now"));
  CAF_CHECK(starts("--router.frontend=ipc:///nonexistent/x.sock",
                   "warning: command line: [router] frontend: "
                   "\"ipc:///nonexistent/x.sock\" lies in no folder"));
  CAF_CHECK(starts("--router.frontend=ipc:///etc/passwd",
                   "command line: [router] frontend: \"ipc:///etc/passwd\" is "
                   "there and is no socket"));
}

CAF_TEST(no two sockets have one address) {
  auto told = [&](const texts& arguments) {
    auto all = problems(options::read(arguments, env));
    return all.size() == 1 ? all[0] : caf::deep_to_string(all);
  };
  CAF_CHECK_EQUAL(told({"--router.frontend=[\"tcp://*:7\", \"tcp://lo:7\"]"}),
                  "command line: [router] frontend: \"tcp://lo:7\" is given "
                  "twice, expected another address");
  CAF_CHECK_EQUAL(told({"--log.frontend=tcp://localhost:6000"}),
                  "command line: [log] frontend: \"tcp://localhost:6000\" is "
                  "taken by router.frontend, expected another address");
  CAF_CHECK_EQUAL(told({"--router.frontend=tcp://0.0.0.0:6001"}),
                  "command line: [router] frontend: \"tcp://0.0.0.0:6001\" is "
                  "taken by log.frontend, expected another address");
  CAF_CHECK_EQUAL(told({"--log.backend=ipc://RUNTIME/rpc.sock"}).substr(0, 29),
                  "command line: [log] backend: ");
  CAF_CHECK_EQUAL(told({"--router.frontend=[\"tcp://127.0.0.1:7\", "
                        "\"tcp://127.0.0.2:7\", \"tcp://lo:*\", "
                        "\"tcp://lo:*\"]"}),
                  "[]");
}

CAF_TEST(a port that browsers refuse is told of) {
  for (auto port : {"1", "6000", "6667", "10080"}) {
    auto x = read("[web]\naddress = \"http://127.0.0.1:" + std::string{port}
                  + "\"\n");
    CAF_CHECK(!x.bad());
    CAF_CHECK_EQUAL(
      problems(x),
      (texts{"warning: FILE:2: [web] address: browsers refuse port "
             + std::string{port} + ", expected another such as 8080"}));
  }
  for (auto port : {"80", "443", "8080", "6001", "10081"})
    CAF_CHECK(problems("[web]\naddress = \"http://127.0.0.1:"
                       + std::string{port} + "\"\n")
                .empty());
}

CAF_TEST(the address of a page as a browser shows it is refused for its path) {
  CAF_CHECK_EQUAL(
    problems("[web]\naddress = \"http://127.0.0.1:8080/\"\n"),
    (texts{"FILE:2: [web] address: \"http://127.0.0.1:8080/\" has a path, "
           "expected http://host:port, https://host:port or \"\""}));
}

CAF_TEST(a certificate that is not used is told of) {
  for (auto key : {"certificate", "key"})
    CAF_CHECK_EQUAL(
      problems("[web]\naddress = \"http://127.0.0.1:8080\"\n" + std::string{key}
               + " = \"robot.pem\"\n"),
      (texts{"warning: FILE:2: [web] address: http:// uses neither "
             "web.certificate nor web.key, expected https:// with them"}));
  for (const auto& each :
       problems("[web]\naddress = \"https://127.0.0.1:8080\"\n"
                "certificate = \"robot.pem\"\nkey = \"robot.pem\"\n"))
    CAF_CHECK_EQUAL(each.find("neither"), std::string::npos);
}

CAF_TEST(a socket must fit its directory) {
  auto x = options::read(
    {"--application.runtime-directory=/" + std::string(100, 'x')}, env);
  CAF_CHECK(x.bad());
  for (auto& text : problems(x))
    CAF_CHECK(text.starts_with("command line: ["));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace address_problems_suite
