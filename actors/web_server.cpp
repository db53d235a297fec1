// SPDX-License-Identifier: BSD-3-Clause
#include "actors/web_server.hpp"

#include <chrono>

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// How long the others may take to tell of themselves.
constexpr auto telling_time = std::chrono::seconds{4};

web_answer unavailable(const std::string& why) {
  return {503, "text/plain; charset=utf-8",
          "the runtime's status is not known: " + why + '\n'};
}

web_answer answer_about(web_question::subject about, const json& status,
                        const metrics_text& metrics) {
  if (about == web_question::subject::metrics)
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics(status)};
  // Whatever others have put there, it is sent.
  return {200, "application/json",
          status.dump(-1, ' ', false, json::error_handler_t::replace) + '\n'};
}

} // namespace

web_server_actor::behavior_type
web_server_state::make_behavior(const web_site_factory& make,
                                metrics_text metrics, event_log log) {
  report_errors(self_, std::move(log));
  metrics_ = std::move(metrics);
  auto ask = [hdl = web_server_actor{self_}](web_question::subject about) {
    return [hdl, about](std::function<void(web_answer)> answer) {
      caf::anon_send(hdl, web_question{about, std::move(answer)});
    };
  };
  web_site_owner owner;
  owner.status = ask(web_question::subject::status);
  if (metrics_)
    owner.metrics = ask(web_question::subject::metrics);
  owner.failed = [hdl = web_server_actor{self_}](const web_failed& fact) {
    caf::anon_send(hdl, fact);
  };
  if (auto made = make(std::move(owner)))
    site_ = std::move(*made);
  else
    self_->quit(made.error());
  return {
    [this](atom::status) { return site_->status(); },
    [this](atom::open, const caf::actor& teller) {
      teller_ = caf::actor_cast<status_teller_actor>(teller);
    },
    [this](const web_question& question) { on_question(question); },
    [this](const web_failed& fact) { self_->quit(fact.reason); },
  };
}

void web_server_state::on_question(const web_question& question) {
  if (!teller_)
    return question.answer(unavailable("it starts"));
  self_->request(teller_, telling_time, atom::status_v)
    .then(
      [this, question](const json_value& status) {
        question.answer(answer_about(question.about, status.value, metrics_));
      },
      [question](const caf::error& what) {
        question.answer(unavailable(describe(what)));
      });
}

web_server_actor::behavior_type
serve_web(web_server_actor::stateful_pointer<web_server_state> self,
          web_site_factory make, metrics_text metrics, event_log log) {
  return self->state.make_behavior(make, std::move(metrics), std::move(log));
}

} // namespace rr
