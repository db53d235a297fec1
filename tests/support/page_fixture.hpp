// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "bridges/web/page_conversation.hpp"
#include "tests/support/recording_listener.hpp"

#include "tests/support/control_session_fixture.hpp"

namespace rr::test {

using namespace std::chrono_literals;

/// A page's conversation with a robot of which the test plays every part.
struct page_fixture {
  using time_point = web_conversation::time_point;

  std::shared_ptr<telemetry_feed> feed = std::make_shared<telemetry_feed>();
  std::shared_ptr<fake_pads> pads = std::make_shared<fake_pads>();
  std::shared_ptr<control_session> control;
  std::vector<std::string> stops;
  std::vector<std::pair<page_order, page_services::answer>> orders;
  std::vector<std::pair<page_request, page_services::answer>> requests;
  std::vector<std::pair<page_explanation, page_services::answer>> explanations;
  std::shared_ptr<device_readings> devices;
  int wakes = 0;
  time_point now{std::chrono::hours{1}};
  std::unique_ptr<page_conversation> page;

  page_fixture() {
    control_listener listener;
    listener.shown = [this](const control_view& x) { feed->tell_control(x); };
    control = std::make_shared<control_session>(control_settings{}, pads,
                                                std::move(listener));
  }

  page_services services() {
    page_services result;
    result.feed = feed;
    result.control = control;
    result.devices = devices;
    result.stop = [this](std::string_view reason, time_point) {
      stops.emplace_back(reason);
      if (stops.size() == 1)
        feed->tell_stopped({{"", std::string{reason}, 255}, 42});
      return int64_t{42};
    };
    result.order = [this](const page_order& x, page_services::answer done) {
      orders.emplace_back(x, std::move(done));
    };
    result.request = [this](const page_request& x, page_services::answer done) {
      requests.emplace_back(x, std::move(done));
    };
    result.explain = [this](const page_explanation& x,
                            page_services::answer done) {
      explanations.emplace_back(x, std::move(done));
    };
    return result;
  }

  page_conversation& open(std::string name = "web:127.0.0.1:5000") {
    page = std::make_unique<page_conversation>(
      services(), web_client{std::move(name), [this] { ++wakes; }});
    return *page;
  }

  /// One that knows the state already.
  void open_informed() {
    open();
    tell_state(1, {}, {{"state", "running"}});
    hear();
  }

  bool say(const std::string& text) {
    return page->take(text, true, now);
  }

  /// What the page is told next; null for nothing.
  json hear() {
    auto message = page->next(now);
    return message ? json::parse(message->payload) : json{};
  }

  std::vector<json> hear_all() {
    std::vector<json> result;
    for (auto next = hear(); !next.is_null(); next = hear())
      result.push_back(std::move(next));
    return result;
  }

  /// The next of that type; what comes before is let go.
  json hear(const std::string& type) {
    for (auto next = hear(); !next.is_null(); next = hear())
      if (next["type"] == type)
        return next;
    return {};
  }

  void tell_state(uint64_t seq, json changes, json whole = {}) {
    telemetry_state state;
    state.seq = seq;
    state.whole = std::make_shared<const json>(std::move(whole));
    state.text = std::make_shared<const std::string>(changes.dump());
    state.changes = std::make_shared<const json>(std::move(changes));
    feed->tell_state(std::move(state));
  }
};

} // namespace rr::test
