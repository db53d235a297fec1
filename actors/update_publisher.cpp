// SPDX-License-Identifier: BSD-3-Clause
#include "actors/update_publisher.hpp"

#include <algorithm>

#include "actors/support/report_errors.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// What of `now` is not in `before`.
json difference(const json& before, const json& now) {
  auto result = json::object();
  for (const auto& [key, value] : now.items()) {
    auto found = before.find(key);
    if (found == before.end() || *found != value)
      result[key] = value;
  }
  return result;
}

} // namespace

update_publisher_actor::behavior_type
update_publisher_state::make_behavior(const update_settings& settings,
                                      device_source source,
                                      datagram_sender send, event_log log) {
  report_errors(self_, log);
  settings_ = settings;
  source_ = std::move(source);
  send_ = std::move(send);
  log_ = std::move(log);
  auto now = self_->clock().now();
  clock_ = {now, settings.interval};
  next_full_ = now;
  schedule_next();
  return {
    [this](atom::status) { return status_; },
    [this](atom::tick) { on_tick(); },
  };
}

void update_publisher_state::on_tick() {
  publish();
  schedule_next();
}

void update_publisher_state::publish() {
  auto now = self_->clock().now();
  auto all = now >= next_full_;
  if (all)
    next_full_ = now + settings_.full_interval;
  auto encoded = encode_update(changes(source_(), all), settings_.datagram);
  leave_out(std::move(encoded.left_out));
  auto failed = send_(encoded.datagrams);
  on_sent(failed);
  if (failed)
    return;
  ++status_.updates;
  status_.datagrams += encoded.datagrams.size();
}

/// Every device is there, also one of which nothing has changed; what was left
/// out comes first.
device_update update_publisher_state::changes(const device_update& now,
                                              bool all) {
  device_update result;
  std::map<std::string, json> known;
  for (const auto& [uid, values] : now) {
    auto before = known_.find(uid);
    auto is_new = all || before == known_.end();
    result.push_back(
      {uid, is_new ? values : difference(before->second, values)});
    known.emplace(uid, values);
  }
  known_ = std::move(known);
  std::stable_partition(result.begin(), result.end(),
                        [this](const device_values& x) {
                          return left_out_.contains(x.uid);
                        });
  return result;
}

void update_publisher_state::leave_out(std::vector<std::string> uids) {
  status_.oversized += uids.size();
  std::set<std::string> now{uids.begin(), uids.end()};
  for (const auto& uid : now) {
    // Nobody knows anything of it.
    known_.erase(uid);
    if (!left_out_.contains(uid))
      log_.warning("Device left out of updates",
                   {{"uid", uid}, {"cause", "an update has no room for it"}});
  }
  left_out_ = std::move(now);
}

void update_publisher_state::on_sent(const caf::error& what) {
  if (what) {
    ++status_.unsent;
    // Nobody knows what this one has told.
    next_full_ = {};
    if (!is_down_)
      log_.warning("Updates interrupted", {{"error", describe(what)}});
  } else if (is_down_) {
    log_.info("Updates resumed");
  }
  is_down_ = static_cast<bool>(what);
}

void update_publisher_state::schedule_next() {
  status_.skipped += clock_.advance(self_->clock().now());
  self_->scheduled_send(self_, clock_.due(), atom::tick_v);
}

update_publisher_actor::behavior_type update_publisher(
  update_publisher_actor::stateful_pointer<update_publisher_state> self,
  update_settings settings, device_source source, datagram_sender send,
  event_log log) {
  return self->state.make_behavior(settings, std::move(source), std::move(send),
                                   std::move(log));
}

} // namespace rr
