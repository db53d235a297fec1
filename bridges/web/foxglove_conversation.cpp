// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/foxglove_conversation.hpp"

#include <algorithm>
#include <utility>

#include "messages/error.hpp"

namespace rr {

namespace {

/// Texts that wait; beyond it a client is not told what else it did wrong.
constexpr size_t most_texts = 16;

/// Log events from before a client subscribes.
constexpr size_t most_past = 1000;

/// Between two reports of log events that were left out.
constexpr auto report_interval = std::chrono::seconds{1};

} // namespace

foxglove_conversation::foxglove_conversation(web_client client,
                                             foxglove_settings settings)
  : settings_(std::move(settings)),
    count_malformed_(std::move(client.count_malformed)),
    inbox_(std::make_shared<foxglove_inbox>(std::move(client.wake))),
    log_(channels_.add(log_topic())),
    state_(channels_.add(state_topic())),
    control_(channels_.add(control_topic())),
    devices_(settings_.devices, settings_.intervals, channels_) {
  texts_.push_back(foxglove::server_info(settings_.name, settings_.session));
}

bool foxglove_conversation::take(std::string_view message, bool is_text,
                                 time_point now) {
  if (!is_text)
    return refuse("cannot take a binary message: this server has no "
                  "capabilities",
                  now);
  auto request = foxglove::parse_request(message);
  if (!request)
    return refuse(describe(request.error()), now);
  caf::error failed;
  if (const auto* wanted = std::get_if<foxglove::subscribe>(&*request)) {
    for (const auto& each : wanted->subscriptions)
      if (auto why = channels_.subscribe(each))
        failed = why;
      else
        begin(each);
  } else {
    for (auto id : std::get<foxglove::unsubscribe>(*request).subscription_ids)
      if (auto channel_id = channels_.unsubscribe(id))
        end(*channel_id);
      else
        failed = channel_id.error();
  }
  return !failed || refuse(describe(failed), now);
}

std::optional<web_message> foxglove_conversation::next(time_point now) {
  inbox_->look();
  devices_.look(now);
  if (auto result = next_text(now))
    return result;
  if (auto result = next_state())
    return result;
  if (auto result = next_control(now))
    return result;
  // Each of the two may have more than the client reads.
  sample_first_ = !sample_first_;
  auto result = sample_first_ ? next_sample(now) : next_event(now);
  if (result)
    return result;
  return sample_first_ ? next_event(now) : next_sample(now);
}

std::optional<foxglove_conversation::time_point>
foxglove_conversation::deadline() const {
  auto result = devices_.deadline();
  auto wait_for = [&result](time_point due) {
    result = result ? std::min(*result, due) : due;
  };
  if (inbox_->has_control())
    wait_for(next_control_);
  if (missed_ > 0)
    wait_for(next_report_);
  return result;
}

bool foxglove_conversation::is_overrun() const {
  return inbox_->is_overrun();
}

/// Tells the client.
/// @returns false when it has said too much of that.
bool foxglove_conversation::refuse(std::string_view why, time_point now) {
  if (count_malformed_)
    count_malformed_();
  if (texts_.size() < most_texts)
    texts_.push_back(foxglove::status(foxglove::status_level::error, why));
  if (now - nonsense_since_ >= std::chrono::seconds{1}) {
    nonsense_since_ = now;
    nonsense_ = 0;
  }
  return ++nonsense_ < most_nonsense;
}

void foxglove_conversation::begin(const foxglove::subscription& what) {
  if (!std::exchange(listens_, true))
    settings_.feed->add(inbox_);
  if (what.channel_id == log_)
    settings_.feed->with_past(log_level::debug, most_past, [this](auto past) {
      inbox_->want_log(std::move(past));
    });
  else if (what.channel_id == state_)
    inbox_->want_state();
  else if (what.channel_id == control_)
    inbox_->want_control();
  else
    devices_.hurry();
}

void foxglove_conversation::end(uint32_t channel_id) {
  if (channel_id == log_)
    inbox_->drop_log();
  else if (channel_id == state_)
    inbox_->drop_state();
  else if (channel_id == control_)
    inbox_->drop_control();
}

std::optional<web_message> foxglove_conversation::next_text(time_point now) {
  if (!texts_.empty()) {
    auto text = std::move(texts_.front());
    texts_.pop_front();
    return web_message{std::move(text)};
  }
  if (auto text = channels_.next_text())
    return web_message{std::move(*text)};
  if (missed_ == 0 || now < next_report_)
    return std::nullopt;
  next_report_ = now + report_interval;
  auto text = std::to_string(std::exchange(missed_, 0))
              + " log events left out: this client reads too slowly";
  return web_message{foxglove::status(foxglove::status_level::warning, text,
                                      "log-events-left-out")};
}

std::optional<web_message> foxglove_conversation::next_state() {
  auto waiting = inbox_->take_state();
  if (!waiting)
    return std::nullopt;
  if (waiting->is_whole)
    last_state_ = *waiting->value;
  else
    last_state_.merge_patch(*waiting->value);
  return data(state_, waiting->time, state_message(last_state_));
}

std::optional<web_message> foxglove_conversation::next_control(time_point now) {
  if (now < next_control_)
    return std::nullopt;
  auto view = inbox_->take_control();
  if (!view)
    return std::nullopt;
  next_control_ = now + settings_.intervals.control;
  return data(control_, view->time, control_message(*view));
}

std::optional<web_message> foxglove_conversation::next_event(time_point now) {
  auto waiting = inbox_->take_event();
  if (!waiting)
    return std::nullopt;
  if (missed_ == 0)
    next_report_ = std::max(next_report_, now);
  missed_ += waiting->missed;
  return data(log_, waiting->event->timestamp, log_message(*waiting->event));
}

std::optional<web_message> foxglove_conversation::next_sample(time_point now) {
  auto sample = devices_.next(now);
  if (!sample)
    return std::nullopt;
  return data(sample->channel_id, std::chrono::system_clock::now(),
              sample->message);
}

std::optional<web_message>
foxglove_conversation::data(uint32_t channel_id,
                            std::chrono::system_clock::time_point time,
                            const json& message) const {
  auto subscription = channels_.subscription_of(channel_id);
  if (!subscription)
    return std::nullopt;
  return web_message{
    foxglove::message_data(*subscription, time, message_text(message)), false};
}

std::vector<web_protocol> foxglove_protocols(foxglove_settings settings) {
  auto begin = [settings = std::move(settings)](web_client client) {
    return std::make_unique<foxglove_conversation>(std::move(client), settings);
  };
  return {{"foxglove.websocket.v1", "", begin, true},
          {"foxglove.sdk.v1", "", begin, true}};
}

} // namespace rr
