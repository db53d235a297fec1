// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE malformed

#include "tests/support/malformed_forms.hpp"

#include <csignal>
#include <set>

#include "actors/remote_client.hpp"
#include "actors/remote_service.hpp"
#include "actors/router.hpp"
#include "tests/integration/program.hpp"
#include "tests/support/calls_fixture.hpp"
#include "tests/support/recording_log_output.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace malformed_suite {
namespace {

using clock_type = std::chrono::steady_clock;

/// The largest payload that the parties of these tests take.
constexpr cbor_limits limits{1 << 20};

struct config : caf::actor_system_config {
  config() {
    register_messages(*this);
  }
};

/// A ROUTER socket of the test in the place of the real one, so that any frames
/// can be sent.
class fake_router {
public:
  explicit fake_router(const std::string& address)
    : socket_(context_, zmq::socket_type::router) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, 10'000);
    socket_.set(zmq::sockopt::sndhwm, 100'000);
    socket_.bind(address);
  }

  /// Waits for its peer's probe.
  void meet(const std::string& peer) {
    peer_ = peer;
    CAF_REQUIRE((receive() == frames{""}));
  }

  void send(frames message) {
    message.insert(message.begin(), peer_);
    for (size_t i = 0; i < message.size(); ++i)
      socket_.send(zmq::buffer(message[i]), i + 1 < message.size()
                                              ? zmq::send_flags::sndmore
                                              : zmq::send_flags::none);
  }

  /// The next message of its peer.
  frames receive() {
    frames result;
    zmq::message_t frame;
    do {
      if (!socket_.recv(frame))
        return result;
      result.push_back(frame.to_string());
    } while (frame.more());
    CAF_CHECK_EQUAL(result.front(), peer_);
    result.erase(result.begin());
    return result;
  }

private:
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::string peer_;
};

std::string text_of(const std::vector<uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// Whether a payload says that the request 1 was malformed.
bool is_refusal(const std::string& payload) {
  auto message = decode(std::as_bytes(std::span{payload}), {});
  auto answer = message ? std::get_if<response>(&*message) : nullptr;
  return answer && answer->id == 1 && answer->error
         && answer->error->message == "method produced an error"
         && answer->error->context.value("error", "").starts_with("malformed ");
}

struct fixture : calls_fixture {
  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  std::shared_ptr<recording_log_output> events
    = std::make_shared<recording_log_output>();
  event_log log{events, "robot"};
  std::vector<caf::actor> started;
  clock_type::time_point begin = clock_type::now();

  ~fixture() {
    for (auto& hdl : started)
      self->send_exit(hdl, caf::exit_reason::user_shutdown);
    self->wait_for(started);
  }

  channel_opener dealer(const std::string& identity) {
    return [=, this](channel_listener listener) {
      return connect_dealer(context->get(), {frontend, identity, {}, 1000},
                            std::move(listener));
    };
  }

  template <class Handle>
  Handle keep(Handle hdl) {
    started.push_back(caf::actor_cast<caf::actor>(hdl));
    return hdl;
  }

  template <class Status, class Handle>
  Status status_of(const Handle& hdl) {
    Status result;
    self->request(hdl, caf::infinite, atom::status_v)
      .receive([&](const Status& x) { result = x; },
               [](caf::error& x) { CAF_FAIL(describe(x)); });
    return result;
  }

  /// At most one event of a kind for each second or part of one.
  void check_logged(const std::string& event, size_t kinds = 1) {
    auto passed = std::chrono::duration_cast<std::chrono::seconds>(
      clock_type::now() - begin);
    CAF_CHECK(events->has(event));
    CAF_CHECK_LESS_OR_EQUAL(events->count(event),
                            kinds * static_cast<size_t>(passed.count() + 1));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(malformed_tests, fixture)

CAF_TEST(there are at least forty forms and no two of one name) {
  std::set<std::string> names;
  for (const auto& form : malformed_forms())
    CAF_CHECK(names.insert(form.name).second);
  CAF_CHECK_GREATER_OR_EQUAL(names.size(), 40u);
}

CAF_TEST(a router counts each form and routes the next good call) {
  router_settings settings;
  settings.frontend = {frontend};
  settings.backend = {backend};
  auto routing = keep(sys.spawn(
    rr::router,
    [&](router_listener listener)
      -> caf::expected<std::unique_ptr<message_router>> {
      auto made = router_thread::make(context->get(), settings, listener);
      if (!made)
        return made.error();
      return std::unique_ptr<message_router>{std::move(*made)};
    },
    log));
  auto counters = [&] {
    return status_of<router_status>(routing).counters.frontend;
  };
  counters();
  zmq::context_t peers;
  zmq_peer service{peers, backend, "service"};
  zmq_peer client{peers, frontend, "client"};
  CAF_REQUIRE(eventually([&] {
    return status_of<router_status>(routing).counters.backend.probes == 1;
  }));
  CAF_REQUIRE(eventually([&] { return counters().probes == 1; }));
  auto good = cbor_text({0, 1, "echo", {"good"}});
  uint64_t malformed = 0;
  uint64_t routed = 0;
  auto check = [&](const std::string& name, const frames& message,
                   bool is_routed) {
    CAF_MESSAGE(name);
    client.send(message);
    client.send({"service", good});
    if (is_routed)
      CAF_CHECK((service.receive() == frames{"client", message[1]}));
    CAF_CHECK((service.receive() == frames{"client", good}));
    malformed += !is_routed;
    routed += 1 + is_routed;
    // A message may arrive before it is counted.
    CAF_CHECK(eventually([&] { return counters().routed == routed; }));
    CAF_CHECK_EQUAL(counters().malformed, malformed);
  };
  for (const auto& form : malformed_forms()) {
    frames message{"service"};
    message.insert(message.end(), form.frames.begin(), form.frames.end());
    check(form.name, message, form.is_routed());
  }
  check("an empty recipient", {"", good}, false);
  check("an empty recipient and payload", {"", ""}, false);
  check("a payload in the place of the recipient", {good}, false);
  CAF_CHECK_GREATER_OR_EQUAL(malformed, 10u);
  check_logged("Router failed to route message");
  client.send({"client", good});
  client.send({"nobody", good});
  CAF_CHECK(eventually([&] { return counters().no_such_peer == 1; }));
  CAF_CHECK_EQUAL(counters().loopback, 1u);
}

CAF_TEST(a service counts each form and answers requests and good calls) {
  fake_router peer{frontend};
  method_table methods;
  methods.emplace(
    "echo", remote_method::at_once(argument_count::exactly(1),
                                   [](const json& args) -> caf::expected<json> {
                                     return args[0];
                                   }));
  auto service
    = keep(sys.spawn(remote_service, remote_service_settings{5, 30s, limits},
                     methods, nullptr, dealer("service"), log));
  peer.meet("service");
  auto forms = malformed_forms();
  forms.push_back({"a response", {cbor_text({1, 1, nullptr, 5})}});
  forms.push_back(
    {"an error", {cbor_text({1, 1, {"wrong", json::object()}, nullptr})}});
  uint64_t count = 0;
  for (const auto& form : forms) {
    CAF_MESSAGE(form.name);
    frames message{"client"};
    message.insert(message.end(), form.frames.begin(), form.frames.end());
    peer.send(message);
    ++count;
    auto id = static_cast<uint32_t>(count);
    if (form.is_request) {
      auto refusal = peer.receive();
      CAF_REQUIRE_EQUAL(refusal.size(), 2u);
      CAF_CHECK_EQUAL(refusal.front(), "client");
      CAF_CHECK(is_refusal(refusal.back()));
    }
    peer.send({"client", text_of(encode(rr::request{id, "echo", {id}}))});
    auto answer = text_of(encode(response{id, std::nullopt, id}));
    CAF_CHECK((peer.receive() == frames{"client", answer}));
    CAF_CHECK_EQUAL(status_of<remote_service_status>(service).malformed, count);
  }
  auto status = status_of<remote_service_status>(service);
  CAF_CHECK_EQUAL(status.answered, count);
  CAF_CHECK_EQUAL(status.calls, count);
  CAF_CHECK_EQUAL(status.notifications, 0u);
  check_logged("Received malformed message");
}

CAF_TEST(a client counts each form and gets the answer of its next call) {
  fake_router peer{frontend};
  auto client = keep(sys.spawn(remote_client,
                               remote_client_settings{1, UINT32_MAX, limits},
                               dealer("client"), log));
  peer.meet("client");
  auto counted = [&] {
    auto status = status_of<remote_client_status>(client);
    return status.malformed + status.unexpected;
  };
  auto forms = malformed_forms();
  forms.push_back({"a request", {cbor_text({0, 7, "echo", {1}})}});
  forms.push_back({"a notification", {cbor_text({2, "tell", {1}})}});
  forms.push_back(
    {"a response to no call", {cbor_text({1, UINT32_MAX, nullptr, 5})}});
  uint32_t id = 0;
  for (const auto& form : forms) {
    CAF_MESSAGE(form.name);
    ++id;
    auto call = self->request(client, caf::infinite, atom::call_v,
                              std::string{"service"}, std::string{"echo"},
                              json_value{{id}}, caf::timespan{10s});
    auto request = text_of(encode(rr::request{id, "echo", {id}}));
    CAF_CHECK((peer.receive() == frames{"service", request}));
    frames message{"service"};
    message.insert(message.end(), form.frames.begin(), form.frames.end());
    peer.send(message);
    // Of another call than any form's, for those forms have id 1.
    peer.send({"service", text_of(encode(response{id, std::nullopt, id}))});
    call.receive([&](const json_value& x) { CAF_CHECK(x.value == id); },
                 [](caf::error& x) { CAF_FAIL(describe(x)); });
    CAF_CHECK_EQUAL(counted(), id);
  }
  auto status = status_of<remote_client_status>(client);
  CAF_CHECK_EQUAL(status.answered, id);
  CAF_CHECK_EQUAL(status.unexpected, 3u);
  check_logged("Received malformed message");
}

CAF_TEST(the status of a robot tells of each form) {
  std::vector<std::string> where{
    "--application.runtime-directory=" + folder.file("run"),
    "--application.state-directory=" + folder.file("state"),
    "--router.frontend=ipc://RUNTIME/rpc.sock"};
  auto run = [&](const char* command) {
    auto words = where;
    words.insert(words.begin(), command);
    return words;
  };
  program robot{run("run")};
  CAF_REQUIRE(!robot.wait_for_event("Router connected to endpoint").is_null());
  auto address = folder.ipc("run/rpc.sock");
  zmq::context_t peers;
  zmq_peer client{peers, address, "client"};
  for (const auto& form : malformed_forms()) {
    frames message{"broker-service"};
    message.insert(message.end(), form.frames.begin(), form.frames.end());
    client.send(message);
  }
  client.send({"client", "x"});
  client.send({"nobody", "x"});
  // The socket keeps the order: what is answered comes after all of them.
  client.send({"broker-service", cbor_text({0, 1, "ping", json::array()})});
  for (const auto& form : payload_forms())
    if (form.is_request) {
      auto refusal = client.receive(10s);
      CAF_REQUIRE_EQUAL(refusal.size(), 2u);
      CAF_CHECK(is_refusal(refusal.back()));
    }
  CAF_CHECK((client.receive(10s)
             == frames{"broker-service",
                       text_of(encode(response{1, std::nullopt, "pong"}))}));
  auto words = run("status");
  words.push_back("--format=json");
  program tool{words};
  CAF_CHECK_EQUAL(tool.wait(), 0);
  auto status = json::parse(tool.output(), nullptr, false);
  CAF_CHECK_EQUAL(status["router"]["frontend"]["malformed"],
                  frame_forms().size());
  CAF_CHECK_EQUAL(status["router"]["frontend"]["loopback"], 1);
  CAF_CHECK_EQUAL(status["router"]["frontend"]["no_such_peer"], 1);
  CAF_CHECK_EQUAL(status["broker"]["malformed"], payload_forms().size());
  robot.signal(SIGTERM);
  CAF_CHECK_EQUAL(robot.wait(), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace malformed_suite
