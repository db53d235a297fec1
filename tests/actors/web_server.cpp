// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE web_server

#include "actors/web_server.hpp"

#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace web_server_suite {
namespace {

/// A site without sockets.
struct fake_site : web_site {
  explicit fake_site(bool& ended) : ended_(ended) {
  }

  ~fake_site() override {
    ended_ = true;
  }

  web_status status() const override {
    web_status result;
    result.address = "http://127.0.0.1:8080";
    result.requests = 3;
    return result;
  }

private:
  bool& ended_;
};

struct fixture : actor_fixture {
  bool ended = false;
  web_site_owner owner;
  std::vector<web_answer> answers;

  web_server_actor start(metrics_text metrics = {}) {
    auto make
      = [this](web_site_owner who) -> caf::expected<std::unique_ptr<web_site>> {
      owner = std::move(who);
      return std::unique_ptr<web_site>{new fake_site{ended}};
    };
    auto result = sys.spawn(serve_web, web_site_factory{make},
                            std::move(metrics), log);
    self->monitor(result);
    run();
    return result;
  }

  std::function<void(web_answer)> listen() {
    return [this](web_answer x) { answers.push_back(std::move(x)); };
  }

  /// Tells that the robot runs; fails on anything else.
  status_teller_actor teller() {
    return sys.spawn([]() -> status_teller_actor::behavior_type {
      return {[](atom::status) {
        return json_value{{{"state", "running"}, {"text", "\xff"}}};
      }};
    });
  }

  status_teller_actor failing_teller() {
    return sys.spawn([]() -> status_teller_actor::behavior_type {
      return {[](atom::status) -> caf::result<json_value> {
        return caf::make_error(ec::robot_stopping, "it stops");
      }};
    });
  }

  void introduce(const web_server_actor& to, const status_teller_actor& who) {
    caf::anon_send(to, atom::open_v, caf::actor_cast<caf::actor>(who));
    run();
  }

  void end(const web_server_actor& which) {
    self->send_exit(which, caf::exit_reason::user_shutdown);
    run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_server_actor_tests, fixture)

CAF_TEST(status tells the address and the counters) {
  auto aut = start();
  inject((atom::status), from(self).to(aut).with(atom::status_v));
  web_status expected;
  expected.address = "http://127.0.0.1:8080";
  expected.requests = 3;
  expect((web_status), from(aut).to(self).with(expected));
  end(aut);
}

CAF_TEST(a bind that fails ends the actor with its error) {
  auto cause = caf::make_error(ec::system_error, "cannot serve");
  auto make
    = [cause](web_site_owner) -> caf::expected<std::unique_ptr<web_site>> {
    return cause;
  };
  auto aut = sys.spawn(serve_web, web_site_factory{make}, metrics_text{}, log);
  self->monitor(aut);
  run();
  CAF_CHECK_EQUAL(end_of(aut.address()), cause);
}

CAF_TEST(the end of the actor closes the site) {
  auto aut = start();
  CAF_CHECK(!ended);
  end(aut);
  CAF_CHECK(ended);
}

CAF_TEST(a site that fails ends the actor with its error) {
  auto aut = start();
  auto cause = caf::make_error(ec::system_error, "no more");
  owner.failed({cause});
  expect((web_failed), to(aut).with(web_failed{cause}));
  CAF_CHECK_EQUAL(end_of(aut.address()), cause);
}

CAF_TEST(a client is told what the teller tells as text that is UTF - 8) {
  auto aut = start();
  introduce(aut, teller());
  owner.status(listen());
  run();
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0].status, 200u);
  CAF_CHECK_EQUAL(answers[0].content_type, "application/json");
  CAF_CHECK_EQUAL(answers[0].body,
                  "{\"state\":\"running\",\"text\":\"\xef\xbf\xbd\"}\n");
  end(aut);
}

CAF_TEST(a client that asks before there is a teller is told so) {
  auto aut = start();
  owner.status(listen());
  run();
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0].status, 503u);
  end(aut);
}

CAF_TEST(a client hears of a teller that fails) {
  auto aut = start();
  introduce(aut, failing_teller());
  owner.status(listen());
  run();
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0].status, 503u);
  CAF_CHECK(answers[0].body.find("it stops") != std::string::npos);
  CAF_CHECK(nothing_ended());
  end(aut);
}

CAF_TEST(metrics are made of the status) {
  auto aut = start(
    [](const json& status) { return status["state"].get<std::string>(); });
  introduce(aut, teller());
  CAF_REQUIRE(owner.metrics);
  owner.metrics(listen());
  run();
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0].body, "running");
  CAF_CHECK_EQUAL(answers[0].content_type,
                  "text/plain; version=0.0.4; charset=utf-8");
  end(aut);
}

CAF_TEST(without a text of metrics there are none) {
  auto aut = start();
  CAF_CHECK(!owner.metrics);
  CAF_CHECK(owner.status);
  end(aut);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace web_server_suite
