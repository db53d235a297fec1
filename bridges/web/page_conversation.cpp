// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/page_conversation.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "messages/control/control_answer.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// Longest reason of a stop, in bytes: it becomes a log event.
constexpr size_t longest_reason = 1024;

/// In which so much may make no sense.
constexpr auto nonsense_time = 1s;

web_message text_message(std::string text) {
  return {std::move(text), true};
}

} // namespace

page_conversation::page_conversation(page_services services, web_client client)
  : services_(std::move(services)),
    client_(std::move(client)),
    inbox_(std::make_shared<page_inbox>(client_.wake)),
    values_(services_.devices) {
  services_.feed->add(inbox_);
}

bool page_conversation::is_urgent(std::string_view message,
                                  bool is_text) const {
  // JSON may have any of its letters as an escape: \u006F, \u0073.
  return is_text
         && std::ranges::any_of(
           std::array<std::string_view, 3>{"estop", "\\u006", "\\u007"},
           [=](auto each) { return message.find(each) != message.npos; });
}

bool page_conversation::take(std::string_view message, bool is_text,
                             time_point now) {
  if (!is_text)
    return refuse({}, "expected a text, got a binary message", now);
  auto words = read_page_words(message);
  if (!words.demand) {
    auto why = describe(words.demand.error());
    if (words.is_gamepad)
      services_.control->refuse(client_.name, control_fault::malformed, why,
                                now);
    return refuse(words.id, why, now);
  }
  std::visit([&](auto& what) { obey(words.id, std::move(what), now); },
             *words.demand);
  return true;
}

/// First what cannot wait, then what is never left out, then the latest of the
/// rest, which nobody understands who does not know the state: values and the
/// log take turns.
std::optional<web_message> page_conversation::next(time_point now) {
  inbox_->look();
  if (auto stop = inbox_->take_stop())
    return text_message(page_stopped(*stop));
  if (auto text = inbox_->take_answer())
    return text_message(std::move(*text));
  if (auto text = inbox_->take_state()) {
    knows_state_ = true;
    return text_message(std::move(*text));
  }
  if (!knows_state_)
    return std::nullopt;
  if (auto view = inbox_->take_control(now))
    return text_message(page_control(*view, client_.name));
  for (auto i = 0; i < 2; ++i) {
    log_was_last_ = !log_was_last_;
    if (log_was_last_) {
      if (auto batch = inbox_->take_log(now))
        return text_message(page_log(batch->all, batch->missed));
    } else if (auto text = values_.take(now)) {
      return text_message(std::move(*text));
    }
  }
  return std::nullopt;
}

std::optional<page_conversation::time_point>
page_conversation::deadline() const {
  if (!knows_state_)
    return std::nullopt;
  auto result = inbox_->deadline();
  if (auto due = values_.deadline())
    result = result ? std::min(*result, *due) : *due;
  return result;
}

bool page_conversation::is_overrun() const {
  return inbox_->is_overrun();
}

bool page_conversation::refuse(const json& id, std::string_view why,
                               time_point now) {
  if (client_.count_malformed)
    client_.count_malformed();
  inbox_->answer(page_error(id, why));
  nonsense_[oldest_] = now;
  oldest_ = (oldest_ + 1) % nonsense_.size();
  auto first = nonsense_[oldest_];
  return !first || now - *first >= nonsense_time;
}

void page_conversation::obey(const json& id, page_subscription what,
                             time_point now) {
  using change = page_subscription::change;
  inbox_->answer(page_done(id, {}));
  if (what.log == change::end)
    inbox_->end_log();
  if (what.log == change::begin)
    services_.feed->with_past(what.level, page_inbox::most_events,
                              [&](const auto& past) {
                                inbox_->begin_log(what.level, past);
                              });
  if (what.values == change::end)
    values_.end();
  if (what.values == change::begin)
    values_.begin(what.uids, what.rate, now);
}

/// Whom the robot obeys instead, `control` tells.
void page_conversation::obey(const json&, const gamepad_input& what,
                             time_point now) {
  services_.control->submit(source(), {what}, now);
}

void page_conversation::obey(const json& id, page_take_control,
                             time_point now) {
  auto verdict = services_.control->take_over(source(), now);
  if (verdict.obeyed)
    inbox_->answer(page_done(id, {}));
  else
    inbox_->answer(page_error(id, verdict.fault
                                    ? describe_refusal(verdict)
                                    : "control is not obeyed: the robot is "
                                      "stopping"));
}

void page_conversation::obey(const json& id, const page_stop& what,
                             time_point now) {
  auto reason = what.reason.empty() ? "the page, by " + client_.name
                                    : what.reason;
  auto latency = services_.stop(utf8_prefix(reason, longest_reason), now);
  inbox_->answer(page_done(id, {{"signal_latency_us", latency}}));
}

void page_conversation::obey(const json& id, const page_order& what,
                             time_point) {
  if (auto answer = begin_answer(id))
    services_.order(what, std::move(*answer));
}

void page_conversation::obey(const json& id, const page_request& what,
                             time_point) {
  if (auto answer = begin_answer(id))
    services_.request(what, std::move(*answer));
}

void page_conversation::obey(const json& id, const page_explanation& what,
                             time_point) {
  if (auto answer = begin_answer(id))
    services_.explain(what, std::move(*answer));
}

/// @returns none where too many wait already.
std::optional<page_services::answer>
page_conversation::begin_answer(const json& id) {
  if (pending_->load() >= most_pending) {
    inbox_->answer(page_error(id, "too many orders wait for their answers"));
    return std::nullopt;
  }
  ++*pending_;
  return [id, pending = pending_,
          to = std::weak_ptr{inbox_}](caf::expected<json> result) {
    --*pending;
    if (auto inbox = to.lock())
      inbox->answer(result ? page_done(id, *result)
                           : page_error(id, describe(result.error())));
  };
}

control_source page_conversation::source() const {
  return {control_source::way::web, client_.name};
}

web_protocol page_protocol(page_services services) {
  return {"robot-runtime.v1", "/stream",
          [services = std::move(services)](
            web_client client) -> std::unique_ptr<web_conversation> {
            return std::make_unique<page_conversation>(services,
                                                       std::move(client));
          }};
}

} // namespace rr
