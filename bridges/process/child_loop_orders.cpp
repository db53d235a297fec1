// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cerrno>

#include "bridges/process/child_loop.hpp"
#include "bridges/process/launch_failure.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr auto finish_timeout = std::chrono::seconds{5};

/// A launcher takes milliseconds, unless a disk or a control group keeps it.
/// Whoever may take longer to become ready may take so for that as well.
constexpr caf::timespan least_patience = std::chrono::seconds{10};
constexpr caf::timespan most_patience = std::chrono::hours{1};

/// A control group takes less than a millisecond, unless another's work with
/// groups keeps it.
constexpr auto preparation_timeout = std::chrono::seconds{10};

} // namespace

void child_loop::take_orders() {
  struct visitor {
    child_loop& self;
    void operator()(start_order& order) {
      self.prepare(order);
    }
    void operator()(const prepared_order& order) {
      self.on_prepared(order.id);
    }
    void operator()(const terminate_order& order) {
      self.terminate(order.id);
    }
    void operator()(const kill_order& order) {
      self.kill(order.id);
    }
    void operator()(const kill_all_order&) {
      self.kill_all();
    }
    void operator()(const finish_order&) {
      self.finish();
    }
  };
  for (auto& order : orders_->take())
    std::visit(visitor{*this}, order);
}

void child_loop::prepare(start_order& order) {
  auto id = order.id;
  auto ready = [orders = orders_, id] { orders->put(prepared_order{id}); };
  starts_.push_back(
    {std::move(order), false, clock::now() + preparation_timeout});
  if (containment_->prepare(id, std::move(ready)))
    starts_.back().prepared = true;
}

void child_loop::on_prepared(uint64_t id) {
  auto found = find_waiting(id);
  if (found != starts_.end())
    found->prepared = true;
  else
    containment_->forget(id);
}

void child_loop::terminate(uint64_t id) {
  // In an emergency the cord does it, once: many programs take a second signal
  // for an order to end at once, before their motors are off.
  if (auto child = find_running(id); child && !cord_.pulled())
    child->terminate();
}

void child_loop::kill(uint64_t id) {
  if (auto child = find_running(id))
    child->kill();
}

void child_loop::kill_all() {
  while (!starts_.empty())
    cancel(starts_.front().order.id);
  kill_everything();
}

void child_loop::finish() {
  finishing_ = true;
  finish_by_ = clock::now() + finish_timeout;
  kill_all();
}

bool child_loop::cancel(uint64_t id) {
  auto found = find_waiting(id);
  if (found == starts_.end())
    return false;
  fail_start(found, "stopped before");
  return true;
}

std::deque<child_loop::waiting_start>::iterator
child_loop::find_waiting(uint64_t id) {
  return std::find_if(starts_.begin(), starts_.end(),
                      [id](const auto& x) { return x.order.id == id; });
}

void child_loop::fail_start(std::deque<waiting_start>::iterator waiting,
                            const std::string& why) {
  auto order = std::move(waiting->order);
  auto prepared = waiting->prepared;
  starts_.erase(waiting);
  if (prepared)
    containment_->forget(order.id);
  if (order.listener.start_failed)
    order.listener.start_failed({start_failure(order.settings.name, why)});
}

void child_loop::end_late_starts(clock::time_point now) {
  while (!starts_.empty() && !starts_.front().prepared
         && now >= starts_.front().late)
    fail_start(starts_.begin(), "its control group has not been made in time");
}

watched_child* child_loop::find_running(uint64_t id) {
  auto child = cancel(id) ? nullptr : find(id);
  if (!child)
    return nullptr;
  // What has ended by itself was neither terminated nor killed.
  return child->has_ended() ? nullptr : child;
}

void child_loop::start_next() {
  if (starts_.empty() || !starts_.front().prepared)
    return;
  auto order = std::move(starts_.front().order);
  starts_.pop_front();
  // `start` consumes the settings, but never the listener of a failed start.
  if (auto failed = start(order))
    if (order.listener.start_failed)
      order.listener.start_failed({failed});
}

caf::error child_loop::start(start_order& order) {
  auto& name = order.settings.name;
  auto refuse = [&name](const auto& why) { return start_failure(name, why); };
  auto cookie = cookie_prefix_ + std::to_string(order.id);
  auto inside = containment_->enclose(order.id, cookie);
  if (cord_.pulled())
    return refuse("the stop cord has been pulled");
  if (order.settings.command.empty())
    return refuse("no command");
  if (!inside)
    return refuse(inside.error());
  launch_context context{
    settings_.launcher,        cookie, reader_, cord_, *low_,
    settings_.descriptor_limit};
  auto patience = std::clamp(order.settings.ready.timeout, least_patience,
                             most_patience);
  auto kills = sentry_.kills();
  auto launched = watched_child::launch(context, std::move(order.settings),
                                        std::move(*inside));
  if (!launched)
    return launched.error();
  auto& child = **launched;
  child.id = order.id;
  child.kills_before = kills;
  if (!sentry_.watch(child)) {
    auto cause = errno;
    child.abandon(cord_);
    return caf::make_error(ec::start_failed, "cannot watch " + child.name + ": "
                                               + error_text(cause));
  }
  child.listener = std::move(order.listener);
  known_.insert(child.pid);
  launching_.emplace(child.id, clock::now() + patience);
  ++count_;
  children_.emplace(child.id, std::move(*launched));
  return {};
}

} // namespace rr
