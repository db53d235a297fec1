// SPDX-License-Identifier: BSD-3-Clause

// What a page says, a message a line, and what it gets for it. A line that
// begins with `!` is what happens to the robot meanwhile.

#include <algorithm>
#include <cmath>

#include "bridges/web/page_conversation.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"
#include "tests/fuzz/fed_robot.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using namespace std::chrono_literals;
using fuzz::require;

namespace {

class checking_pads : public gamepad_writer {
public:
  caf::error write(uint8_t index, const gamepad_state& state) override {
    const auto& axes = state.axes;
    require(index < gamepad_count, "an index is one of sixteen");
    require(std::hypot(axes[left_x], axes[left_y]) < 1.000001
              && std::hypot(axes[right_x], axes[right_y]) < 1.000001,
            "no stick is outside of the unit circle");
    return {};
  }

  caf::error neutral(uint8_t) override {
    return {};
  }
};

/// A robot, and its page.
class page_talk {
public:
  page_talk() {
    control_listener listener;
    listener.shown = [this](const control_view& x) {
      robot_.feed->tell_control(x);
    };
    control_ = std::make_shared<control_session>(
      control_settings{}, std::make_shared<checking_pads>(),
      std::move(listener));
    page_ = std::make_unique<page_conversation>(
      services(), web_client{"web:127.0.0.1:5000", [] {}});
    robot_.tell_state();
  }

  /// @returns whether the connection stays.
  bool take(std::string_view line) {
    now_ += 10ms;
    control_->expire(now_);
    if (line.starts_with('!'))
      return happen(line.substr(1));
    auto is_text = is_utf8(line);
    auto words = read_page_words(is_text ? line : std::string_view{});
    if (!words.demand || !std::holds_alternative<gamepad_input>(*words.demand))
      awaited_.push_back(words.id);
    auto was_stopped = stops_;
    auto stays = page_->take(line, is_text, now_);
    auto is_stop = stops_ != was_stopped;
    require(is_stop
              == (words.demand
                  && std::holds_alternative<page_stop>(*words.demand)),
            "whoever says stop is obeyed, and nobody else");
    require(!is_stop || page_->is_urgent(line, is_text), "a stop is urgent");
    require(stays || !words.demand, "only nonsense ends a connection");
    return stays && !page_->is_overrun();
  }

  /// All that was asked for has its answer.
  void end() {
    while (!waiting_.empty())
      answer(true);
    drain();
    require(awaited_.empty(), "everything has one answer");
  }

private:
  page_services services() {
    page_services result;
    result.feed = robot_.feed;
    result.control = control_;
    result.stop = [this](std::string_view reason, auto) {
      require(is_utf8(reason) && !reason.empty() && reason.size() <= 1024,
              "a reason is a short text");
      robot_.feed->tell_stopped({{"", std::string{reason}, 255}, 42});
      ++stops_;
      return int64_t{42};
    };
    result.order = [this](const page_order&, page_services::answer done) {
      waiting_.push_back(std::move(done));
    };
    result.request = [this](const page_request&, page_services::answer done) {
      waiting_.push_back(std::move(done));
    };
    result.explain = [this](const page_explanation& what,
                            page_services::answer done) {
      require(what.last >= 1 && what.last <= page_explanation::most_ends,
              "so many ends are told at once");
      waiting_.push_back(std::move(done));
    };
    return result;
  }

  bool happen(std::string_view what) {
    if (what == "state")
      robot_.tell_state();
    else if (what == "log")
      robot_.tell_log();
    else if (what == "drive")
      control_->submit({control_source::way::udp, "127.0.0.1:4001"},
                       {gamepad_input{}}, now_);
    else if (what == "second")
      now_ += 1s;
    else if (what == "done" || what == "failed")
      answer(what == "done");
    else
      drain();
    return !page_->is_overrun();
  }

  void answer(bool done) {
    if (waiting_.empty())
      return;
    auto first = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    if (done)
      first(json{{"state", "running"}});
    else
      first(caf::make_error(ec::overloaded, "no"));
  }

  void drain() {
    now_ += 1s;
    for (auto i = 0; i < 10'000; ++i) {
      auto message = page_->next(now_);
      if (!message)
        return;
      check_text(*message);
    }
    require(false, "a conversation has an end");
  }

  void check_text(const web_message& told) {
    auto message = json::parse(told.payload, nullptr, false);
    require(told.is_text && message.is_object() && message.contains("type"),
            "a text is a message of the protocol");
    if (message["type"] != "done" && message["type"] != "error")
      return;
    auto id = message.value("id", json{});
    auto found = std::ranges::find(awaited_, id);
    require(found != awaited_.end(), "an answer is of what was said");
    awaited_.erase(found);
  }

  fuzz::fed_robot robot_;
  std::shared_ptr<control_session> control_;
  web_conversation::time_point now_{1h};
  uint64_t stops_ = 0;
  std::vector<page_services::answer> waiting_;
  /// The ids of what has no answer yet.
  std::vector<json> awaited_;
  std::unique_ptr<page_conversation> page_;
};

} // namespace

FUZZ_TARGET(page_stream) {
  page_talk talk;
  for (auto rest = fuzz::as_text(bytes); !rest.empty();) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!talk.take(line))
      break;
  }
  talk.end();
}
