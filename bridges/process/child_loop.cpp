// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <sys/signalfd.h>

#include "bridges/process/launch_failure.hpp"
#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr int topic_bits = 3;

/// How long what a child has started may take to die of SIGKILL.
constexpr auto cleaning_timeout = std::chrono::seconds{3};

/// Between two looks whether it has, where nothing tells.
constexpr auto cleaning_interval = std::chrono::milliseconds{100};

/// Between an orphan's end and its reaping.
constexpr auto reaping_delay = std::chrono::milliseconds{50};

/// A keeper that ends sooner is not started again.
constexpr auto keeper_minimum = std::chrono::seconds{1};

} // namespace

caf::expected<std::unique_ptr<child_loop>>
child_loop::make(child_watcher_settings settings, stop_cord& cord,
                 child_sentry& sentry, std::shared_ptr<child_orders> orders,
                 output_reader& reader) {
  std::unique_ptr<child_loop> result{new child_loop(
    std::move(settings), cord, sentry, std::move(orders), reader)};
  if (auto failed = result->prepare())
    return failed;
  return result;
}

child_loop::child_loop(child_watcher_settings settings, stop_cord& cord,
                       child_sentry& sentry,
                       std::shared_ptr<child_orders> orders,
                       output_reader& reader)
  : settings_(std::move(settings)),
    cord_(cord),
    sentry_(sentry),
    orders_(std::move(orders)),
    reader_(reader),
    orphans_([this](pid_t pid) { return known_.contains(pid); },
             settings_.reap_inherited) {
}

child_loop::~child_loop() {
  // What is in the keeper's care goes before the keeper.
  for (auto& [id, child] : children_)
    if (child->slot && !child->reaped)
      cord_.remove(*child->slot);
  children_.clear();
  containment_.reset();
  orphans_.reap();
}

caf::error child_loop::prepare() {
  auto low = low_descriptors::make();
  if (!low)
    return low.error();
  low_ = std::move(*low);
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_ || !watch(orders_->descriptor(), EPOLLIN, topic::orders)
      || !watch(sentry_.descriptor(), EPOLLIN, topic::news))
    return system_error("cannot watch processes", errno);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  child_signal_.reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!child_signal_ || !watch(child_signal_.get(), EPOLLIN, topic::orphans))
    return system_error("cannot watch orphans", errno);
  auto identity = make_identity();
  cookie_prefix_ = std::string{process_cookie} + '=' + identity + '-';
  auto made = make_containment({settings_.containment, identity, cookie_prefix_,
                                settings_.launcher, settings_.bound_memory},
                               orphans_);
  if (!made)
    return made.error();
  containment_ = std::move(*made);
  return containment_->keeper_arguments().empty() ? caf::error{}
                                                  : start_keeper();
}

caf::error child_loop::start_keeper() {
  auto made = keeper::start(settings_.launcher,
                            containment_->keeper_arguments(), *low_);
  if (!made)
    return made.error();
  keeper_.emplace(std::move(*made));
  known_.insert(keeper_->pid());
  if (!watch(keeper_->descriptor(), EPOLLIN, topic::keeper))
    return system_error("cannot watch the keeper", errno);
  return {};
}

void child_loop::run() {
  std::array<epoll_event, 64> events;
  while (!finishing_ || (!children_.empty() && clock::now() < finish_by_)) {
    auto count = ::epoll_wait(epoll_.get(), events.data(), events.size(),
                              timeout());
    auto seen
      = std::span{events}.first(static_cast<size_t>(std::max(count, 0)));
    for (auto& event : seen)
      dispatch(event);
    check_time();
    start_next();
    orders_->life().answer();
  }
}

void child_loop::dispatch(const epoll_event& event) {
  auto what = static_cast<topic>(event.data.u64 % (1 << topic_bits));
  if (what == topic::orders)
    return take_orders();
  if (what == topic::keeper)
    return on_keeper_ended();
  if (what == topic::orphans)
    return on_orphan_ended();
  if (what == topic::news)
    return take_news();
  if (auto child = find(event.data.u64 >> topic_bits))
    wait_for_remains(*child);
}

void child_loop::take_news() {
  sentry_.take_news([this](watched_child& child, unsigned news) {
    if ((news & child_sentry::launched) != 0)
      on_launched(child);
    if ((news & child_sentry::ended) != 0)
      on_ended(child);
    // Many that end at once may leave much to look for.
    orders_->life().answer();
  });
  if (sentry_.take_killed())
    kill_everything();
}

void child_loop::on_launched(watched_child& child) {
  launching_.erase(child.id);
  child.launch_pipe.reset();
  child.take_launch_failure();
  if (child.failure || !child.has_executed())
    return;
  child.announced = true;
  if (child.listener.started)
    child.listener.started({child.pid});
}

void child_loop::on_ended(watched_child& child) {
  launching_.erase(child.id);
  child.launch_pipe.reset();
  cord_.remove(*child.slot);
  known_.erase(child.pid);
  child.reap();
  --count_;
  child.give_up = clock::now() + cleaning_timeout;
  cleaning_.insert(child.id);
  wait_for_remains(child);
}

void child_loop::wait_for_remains(watched_child& child) {
  if (auto fd = child.inside->changed(); fd >= 0)
    unwatch(fd);
  if (child.inside->empty())
    return report_end(child);
  child.look_at = clock::now() + cleaning_interval;
  if (auto fd = child.inside->changed(); fd >= 0)
    watch(fd, child.inside->events(), topic::remains, child.id);
}

void child_loop::report_end(watched_child& child) {
  // The launcher has neither failed nor executed anything.
  if (!child.announced && !child.failure)
    child.failure = start_failure(child.name, "the launcher has ended");
  auto owner = children_.extract(child.id);
  cleaning_.erase(child.id);
  if (child.announced && child.listener.exited)
    child.listener.exited({child.end->exit_code, child.end->cause,
                           child.end->core_dumped, child.end->cpu,
                           child.end->max_resident_kib, child.limit_reached()});
  else if (!child.announced && child.listener.start_failed)
    child.listener.start_failed({child.failure});
}

void child_loop::on_keeper_ended() {
  auto lived = clock::now() - keeper_->started();
  unwatch(keeper_->descriptor());
  known_.erase(keeper_->pid());
  keeper_.reset();
  if (lived < keeper_minimum)
    return complain(caf::make_error(
      ec::system_error, "the keeper has ended and is not started again"));
  if (auto failed = start_keeper())
    return complain(failed);
  complain(caf::make_error(ec::system_error,
                           "the keeper has ended and was started again"));
}

void child_loop::on_orphan_ended() {
  signalfd_siginfo info;
  while (::read(child_signal_.get(), &info, sizeof(info)) > 0)
    continue;
  // By then one's own have been reaped, and of many orphans all.
  reap_at_ = std::min(reap_at_, clock::now() + reaping_delay);
}

int child_loop::timeout() const {
  auto next = std::min(finish_by_, reap_at_);
  if (!starts_.empty()) {
    if (starts_.front().prepared)
      return 0;
    next = std::min(next, starts_.front().late);
  }
  for (auto id : cleaning_)
    next
      = std::min({next, children_.at(id)->give_up, children_.at(id)->look_at});
  for (auto& [id, late] : launching_)
    next = std::min(next, late);
  if (next == clock::time_point::max())
    return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock::now());
  constexpr int64_t longest = 3'600'000;
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, longest));
}

void child_loop::check_time() {
  auto now = clock::now();
  if (now >= reap_at_) {
    reap_at_ = clock::time_point::max();
    orphans_.reap();
  }
  end_late_starts(now);
  end_late_launches(now);
  for (auto id : std::vector<uint64_t>(cleaning_.begin(), cleaning_.end())) {
    auto& child = *children_.at(id);
    if (now >= child.give_up)
      give_up(child);
    else if (now >= child.look_at)
      wait_for_remains(child);
  }
}

void child_loop::give_up(watched_child& child) {
  if (!child.inside->empty())
    complain(caf::make_error(ec::system_error, "cannot kill what " + child.name
                                                 + " has started"));
  if (auto fd = child.inside->changed(); fd >= 0)
    unwatch(fd);
  report_end(child);
}

void child_loop::end_late_launches(clock::time_point now) {
  for (auto it = launching_.begin(); it != launching_.end();) {
    if (now < it->second) {
      ++it;
      continue;
    }
    auto& child = *children_.at(it->first);
    it = launching_.erase(it);
    // It is told once the launcher has ended.
    child.failure = start_failure(child.name,
                                  "its program has not been executed in time");
    child.kill();
  }
}

void child_loop::kill_everything() noexcept {
  for (auto& [id, child] : children_)
    if (!child->has_ended())
      child->kill_group();
  containment_->kill_all();
}

bool child_loop::watch(int fd, uint32_t events, topic what, uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id << topic_bits | static_cast<uint64_t>(what);
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void child_loop::unwatch(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

watched_child* child_loop::find(uint64_t id) {
  auto found = children_.find(id);
  return found == children_.end() ? nullptr : found->second.get();
}

void child_loop::complain(const caf::error& what) const {
  if (settings_.on_error)
    settings_.on_error(what);
}

} // namespace rr
