// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridges/web/foxglove_conversation.hpp"
#include "tests/support/buffer_fixture.hpp"

namespace rr {

/// A binary message as a client reads it.
struct foxglove_data {
  uint32_t subscription = 0;
  uint64_t time = 0;
  json message;

  explicit foxglove_data(const std::string& payload) {
    if (payload.size() < 13 || payload[0] != 1)
      return;
    std::memcpy(&subscription, payload.data() + 1, 4);
    std::memcpy(&time, payload.data() + 5, 8);
    message = json::parse(payload.substr(13), nullptr, false);
  }
};

/// A client without a socket, and a robot that says what a test has it say.
struct foxglove_fixture : buffer_fixture {
  using time_point = web_conversation::time_point;

  foxglove_fixture() : state(make_state()) {
    settings.name = "arm";
    settings.session = "17";
    settings.listen = [this](const auto& added) {
      listener = added;
      ++listened;
      if (told)
        added->on_state(*told);
    };
    settings.with_past = [this](const auto& f) { f(past); };
    settings.devices.devices = [this] {
      ++lists;
      return devices;
    };
    settings.devices.name_of = [](const device_key& key) {
      return to_string(key.uid);
    };
    settings.devices.robot = state;
  }

  void begin() {
    web_client client{"web:peer:1", [this] { ++wakes; }};
    conversation = std::make_unique<foxglove_conversation>(client, settings);
    drain();
  }

  bool take(const std::string& text) {
    return conversation->take(text, true, now);
  }

  bool send(const json& message) {
    return take(message.dump());
  }

  /// Reads all that is to be sent now.
  void drain() {
    for (auto i = 0; i < 10'000; ++i) {
      auto message = conversation->next(now);
      if (!message)
        return;
      if (message->is_text)
        read_text(json::parse(message->payload));
      else
        data.emplace_back(message->payload);
    }
  }

  void advance(std::chrono::nanoseconds time) {
    now += std::chrono::duration_cast<time_point::duration>(time);
    drain();
  }

  void read_text(const json& text) {
    texts.push_back(text);
    if (text["op"] == "advertise")
      for (const auto& each : text["channels"])
        channels[each["topic"]] = each;
    if (text["op"] == "status")
      statuses.push_back(text);
  }

  uint32_t channel(const std::string& topic) const {
    return channels.at(topic)["id"].get<uint32_t>();
  }

  bool subscribe(uint32_t id, const std::string& topic) {
    auto result = send(
      json{{"op", "subscribe"},
           {"subscriptions", {{{"id", id}, {"channelId", channel(topic)}}}}});
    drain();
    return result;
  }

  bool unsubscribe(uint32_t id) {
    return send(json{{"op", "unsubscribe"}, {"subscriptionIds", {id}}});
  }

  void log(int number) {
    auto event = std::make_shared<log_event>();
    event->event = std::to_string(number);
    event->app = "arm";
    if (auto there = listener.lock())
      there->on_log(event);
  }

  void tell(uint64_t seq, const json& whole, const json& changes) {
    told = telemetry_state{seq, std::make_shared<const json>(whole),
                           std::make_shared<const json>(changes)};
    if (auto there = listener.lock())
      there->on_state(*told);
  }

  void drive(const std::string& driver) {
    control_view view;
    view.driver = driver;
    if (auto there = listener.lock())
      there->on_control(view);
  }

  buffer_handle make_motor(uint64_t number) {
    auto name = name_of("motor", number);
    auto warnings = std::make_shared<range_warnings>(event_log{}, name.key, 8);
    return {*shared_buffer::make_private(name, motor()), state, warnings};
  }

  std::shared_ptr<robot_state> state;
  foxglove_settings settings;
  std::vector<buffer_handle> devices;
  std::vector<foxglove_inbox::event_ptr> past;
  std::optional<telemetry_state> told;
  std::weak_ptr<telemetry_listener> listener;
  int listened = 0;
  int lists = 0;
  int wakes = 0;
  time_point now{std::chrono::hours{1}};
  std::unique_ptr<foxglove_conversation> conversation;
  std::vector<json> texts;
  std::vector<json> statuses;
  std::map<std::string, json> channels;
  std::vector<foxglove_data> data;
};

} // namespace rr
