// SPDX-License-Identifier: BSD-3-Clause

// What a client of Foxglove's protocol says, a message a line, and what it gets
// for it. A line that begins with `!` is what happens to the robot meanwhile.

#include <set>

#include "bridges/web/foxglove_conversation.hpp"
#include "messages/utf8.hpp"
#include "tests/fuzz/fed_robot.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using namespace std::chrono_literals;
using fuzz::require;

namespace {

/// A robot, and its client.
class foxglove_talk {
public:
  foxglove_talk() {
    settings_.name = "rover";
    settings_.session = "17";
    settings_.feed = robot_.feed;
    conversation_ = std::make_unique<foxglove_conversation>(
      web_client{"web:peer:1", [] {}}, settings_);
  }

  /// @returns whether the connection stays.
  bool take(std::string_view line) {
    now_ += 10ms;
    if (line.starts_with('!'))
      return happen(line.substr(1));
    if (!is_utf8(line))
      return conversation_->take(line, false, now_);
    if (auto request = foxglove::parse_request(line))
      note(*request);
    return conversation_->take(line, true, now_);
  }

  void drain() {
    for (auto i = 0; i < 10'000; ++i) {
      auto message = conversation_->next(now_);
      if (!message)
        return;
      if (message->is_text)
        check_text(message->payload);
      else
        check_data(message->payload);
    }
    require(false, "a conversation has an end");
  }

private:
  bool happen(std::string_view what) {
    if (what == "state")
      robot_.tell_state();
    else if (what == "log")
      robot_.tell_log();
    else if (what == "control")
      robot_.feed->tell_control({{}, "someone", {}});
    else if (what == "second")
      now_ += 1s;
    else
      drain();
    return !conversation_->is_overrun();
  }

  void note(const foxglove::request& request) {
    if (const auto* wanted = std::get_if<foxglove::subscribe>(&request))
      for (const auto& each : wanted->subscriptions)
        wanted_.insert(each.id);
    else
      for (auto id : std::get<foxglove::unsubscribe>(request).subscription_ids)
        wanted_.erase(id);
  }

  void check_text(const std::string& text) {
    auto message = json::parse(text, nullptr, false);
    require(message.is_object() && message.contains("op"),
            "a text is a message of the protocol");
  }

  void check_data(const std::string& payload) {
    require(payload.size() > 13 && payload[0] == 1, "data has its head");
    uint32_t id = 0;
    for (size_t i = 4; i > 0; --i)
      id = id << 8 | static_cast<unsigned char>(payload[i]);
    require(wanted_.contains(id), "data is of a subscription");
    require(json::accept(payload.substr(13)), "data is JSON");
  }

  fuzz::fed_robot robot_;
  foxglove_settings settings_;
  std::unique_ptr<foxglove_conversation> conversation_;
  web_conversation::time_point now_{1h};
  std::set<uint32_t> wanted_;
};

} // namespace

FUZZ_TARGET(foxglove) {
  foxglove_talk talk;
  for (auto rest = fuzz::as_text(bytes); !rest.empty();) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!talk.take(line))
      return;
  }
  talk.drain();
}
