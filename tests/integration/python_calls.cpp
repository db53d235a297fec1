// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE python_calls

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>

#include "tests/integration/remote_calls_fixture.hpp"
#include "tests/paths.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace python_calls_suite {
namespace {

/// A Python program that speaks the same language.
class python_peer {
public:
  explicit python_peer(const std::string& arguments)
    : pipe_(::popen(("exec /usr/bin/python3 " RR_SOURCE_DIR
                     "/tests/integration/remote_calls.py "
                     + arguments)
                      .c_str(),
                    "w")) {
  }

  ~python_peer() {
    if (pipe_)
      ::pclose(pipe_);
  }

  /// Its exit code, once it has ended.
  int wait() {
    auto status = ::pclose(std::exchange(pipe_, nullptr));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

private:
  FILE* pipe_;
};

struct fixture : remote_calls_fixture {
  void check_python_client() {
    start_router();
    auto service = start_service();
    python_peer peer{"client " + frontend + " python-client"};
    CAF_CHECK_EQUAL(peer.wait(), 0);
    auto status = status_of<remote_service_status>(service);
    CAF_CHECK_EQUAL(status.malformed, 44u);
    CAF_CHECK_EQUAL(status.notifications, 1u);
    CAF_CHECK_EQUAL(status.unknown_methods, 1u);
    CAF_CHECK_EQUAL(status.errors, 2u);
  }

  void check_python_service() {
    start_router();
    python_peer peer{"service " + backend + " python-service"};
    auto client = start_client();
    meet(client, "python-service");
    std::vector<json> values{0,
                             -1,
                             INT64_MAX,
                             INT64_MIN,
                             UINT64_MAX,
                             1.5,
                             true,
                             nullptr,
                             "",
                             "grün, 緑, 🤖",
                             json::binary({}),
                             json::binary({0, 255, 254}),
                             json::array(),
                             json::object(),
                             {{"ключ", {1, {{"a", json::binary({7})}}}}}};
    for (const auto& value : values) {
      auto result = call(client, "python-service", "echo",
                         json::array({value}));
      CAF_CHECK(result && *result == value);
      CAF_CHECK(result && result->is_binary() == value.is_binary());
    }
    auto types = call(client, "python-service", "types",
                      {json::binary({1}), UINT64_MAX, "x", nullptr});
    CAF_CHECK(types && *types == json({"bytes", "int", "str", "NoneType"}));
    auto empty = call(client, "python-service", "echo", json::array());
    CAF_CHECK(empty && empty->is_null());
    auto failed = call(client, "python-service", "fly", json::array());
    CAF_REQUIRE(!failed);
    CAF_CHECK(failed.error() == ec::remote_error);
    auto what = to_call_error(failed.error());
    CAF_CHECK_EQUAL(what.message, "no such method");
    CAF_CHECK(what.context
              == json({{"method", "fly"}, {"ü", json::binary({0})}}));
    auto before = call(client, "python-service", "told", json::array());
    self->send(client, atom::notify_v, std::string{"python-service"},
               std::string{"anything"}, json_value{json::array()});
    auto after = call(client, "python-service", "told", json::array());
    CAF_CHECK(before && after && after->get<int>() == before->get<int>() + 1);
    auto silent = call(client, "python-service", "silent", json::array(), 50ms);
    CAF_CHECK(!silent && silent.error() == ec::call_timed_out);
    check_malformed_responses(client);
  }

  void check_malformed_responses(const remote_client_actor& client) {
    auto twice = call(client, "python-service", "twice", json::array());
    CAF_CHECK(twice && *twice == 2);
    auto next = call(client, "python-service", "echo", {"next"});
    CAF_CHECK(next && *next == "next");
    auto status = status_of<remote_client_status>(client);
    CAF_CHECK_GREATER_OR_EQUAL(status.duplicate + status.late, 2u);
    // Of the malformed forms one is a response, to a call that has ended, and
    // the large one is a request.
    CAF_CHECK_EQUAL(status.malformed + status.unexpected, 42u);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(python_calls_tests, fixture)

CAF_TEST(a Python client calls a service over ipc) {
  check_python_client();
}

CAF_TEST(a Python client calls a service over tcp) {
  frontend = "tcp://127.0.0.1:*";
  check_python_client();
}

CAF_TEST(a client calls a Python service over ipc) {
  check_python_service();
}

CAF_TEST(a client calls a Python service over tcp) {
  backend = "tcp://127.0.0.1:*";
  check_python_service();
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace python_calls_suite
