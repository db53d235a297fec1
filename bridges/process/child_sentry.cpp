// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_sentry.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Beside the address of a child.
constexpr uint64_t topic_mask = 7;

static_assert(alignof(watched_child) > topic_mask);

} // namespace

caf::expected<std::unique_ptr<child_sentry>>
child_sentry::make(const sentry_settings& settings, stop_cord& cord) {
  auto epoll = file_descriptor{::epoll_create1(EPOLL_CLOEXEC)};
  if (!epoll)
    return system_error("cannot watch processes", errno);
  auto wake = wake_event::make();
  if (!wake)
    return std::move(wake.error());
  auto told = wake_event::make();
  if (!told)
    return std::move(told.error());
  std::unique_ptr<child_sentry> result{new child_sentry(
    settings, cord, std::move(epoll),
    std::make_shared<wake_event>(std::move(*wake)), std::move(*told))};
  if (!result->control(EPOLL_CTL_ADD, result->wake_->descriptor(), EPOLLIN,
                       topic::wake, nullptr))
    return system_error("cannot watch processes", errno);
  cord.observe(
    [wake = result->wake_](const stop_cord_pulled&) { wake->signal(); });
  if (auto err = start_thread(result->thread_, "rr-sentry",
                              "cannot watch processes",
                              [self = result.get()] { self->run(); }))
    return err;
  return result;
}

child_sentry::child_sentry(const sentry_settings& settings, stop_cord& cord,
                           file_descriptor epoll,
                           std::shared_ptr<wake_event> wake, wake_event told)
  : settings_(settings),
    cord_(cord),
    epoll_(std::move(epoll)),
    wake_(std::move(wake)),
    told_(std::move(told)) {
}

child_sentry::~child_sentry() {
  stop();
}

void child_sentry::stop() noexcept {
  if (!thread_.joinable())
    return;
  stop_ = true;
  wake_->signal();
  thread_.join();
}

bool child_sentry::watch(watched_child& child) noexcept {
  auto process = child.process.get();
  auto launch = child.launch_pipe.get();
  // Nothing is told of it before nothing can fail any more.
  if (!control(EPOLL_CTL_ADD, process, 0, topic::end, &child))
    return false;
  if (!control(EPOLL_CTL_ADD, launch, EPOLLIN, topic::launch, &child)) {
    auto cause = errno;
    drop(process);
    errno = cause;
    return false;
  }
  // At the edge: of one that is traced the tracer hears first, and may keep the
  // end to itself; then there is nothing to see yet, and another edge to come.
  return control(EPOLL_CTL_MOD, process, EPOLLIN | EPOLLET, topic::end, &child);
}

void child_sentry::kill_all() noexcept {
  kill_wanted_ = true;
  wake_->signal();
}

heartbeat_witness child_sentry::witness(std::chrono::nanoseconds bound) const {
  return {[wake = wake_, life = life_](uint64_t question) {
            life->ask(question);
            wake->signal();
          },
          [life = life_] { return life->answered(); }, bound, "sentry"};
}

void child_sentry::run() noexcept {
  make_thread_first();
  std::array<epoll_event, 64> events;
  while (!stop_) {
    auto count = ::epoll_wait(epoll_.get(), events.data(), events.size(),
                              timeout());
    auto seen
      = std::span{events}.first(static_cast<size_t>(std::max(count, 0)));
    detect(seen);
    // Before a look at what it may have been signalled for.
    wake_->clear();
    // Not while there may be more that have ended by themselves.
    if (seen.size() < events.size())
      check_time();
    hand_over(seen);
    life_->answer();
  }
}

void child_sentry::detect(std::span<const epoll_event> events) noexcept {
  auto now = clock::now();
  // What these events tell of happened before any pull that they cause.
  auto stopped = cord_.pulled();
  for (auto& event : events)
    if (static_cast<topic>(event.data.u64 & topic_mask) == topic::end)
      on_ended(*reinterpret_cast<watched_child*>(event.data.u64 & ~topic_mask),
               now, stopped);
}

void child_sentry::on_ended(watched_child& child, clock::time_point now,
                            bool stopped) noexcept {
  if (child.end)
    return;
  if (kills_.load() != child.kills_before)
    child.note_kill();
  if (!child.look(stopped))
    return;
  // A launcher that failed has an exit code of its own; it is no emergency.
  if (child.end->exit_code == settings_.emergency_exit_code
      && child.raises_emergency && child.read_launch() && child.executed())
    cord_.pull({child.name, "", child.end->exit_code, child.pid}, now);
}

int child_sentry::timeout() const noexcept {
  if (kill_at_ == clock::time_point::max())
    return -1;
  auto left
    = std::chrono::ceil<std::chrono::milliseconds>(kill_at_ - clock::now());
  constexpr int64_t longest = 3'600'000;
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, longest));
}

void child_sentry::check_time() noexcept {
  auto now = clock::now();
  if (!pull_seen_ && cord_.pulled()) {
    pull_seen_ = true;
    kill_at_ = now + settings_.terminate_timeout;
  }
  auto late = now >= kill_at_;
  if (late)
    kill_at_ = clock::time_point::max();
  if (!kill_wanted_.exchange(false) && !late)
    return;
  // Before it goes out, so that no end comes of it that is told otherwise.
  ++kills_;
  cord_.kill_all();
  if (late) {
    killed_ = true;
    told_.signal();
  }
}

void child_sentry::hand_over(std::span<const epoll_event> events) noexcept {
  auto child_of = [](const epoll_event& event) {
    return reinterpret_cast<watched_child*>(event.data.u64 & ~topic_mask);
  };
  // Ends last: a child of whose end its owner knows may be gone.
  for (auto& event : events)
    if (static_cast<topic>(event.data.u64 & topic_mask) == topic::launch) {
      auto& child = *child_of(event);
      if (!child.end && child.read_launch()) {
        drop(child.launch_pipe.get());
        tell(child, launched);
      }
    }
  for (auto& event : events) {
    if (static_cast<topic>(event.data.u64 & topic_mask) != topic::end)
      continue;
    auto& child = *child_of(event);
    if (!child.end)
      continue;
    unsigned what = ended;
    if (!child.launch_told) {
      drop(child.launch_pipe.get());
      if (child.read_launch())
        what |= launched;
    }
    drop(child.process.get());
    tell(child, what);
  }
}

void child_sentry::tell(watched_child& child, unsigned what) noexcept {
  if ((what & launched) != 0)
    child.launch_told = true;
  // Whoever has news already is on the list, or about to be asked again.
  if (child.news.fetch_or(what) == 0) {
    auto* latest = told_list_.load();
    do
      child.next_told = latest;
    while (!told_list_.compare_exchange_weak(latest, &child));
  }
  told_.signal();
}

watched_child* child_sentry::take_list() noexcept {
  watched_child* result = nullptr;
  for (auto* child = told_list_.exchange(nullptr); child != nullptr;) {
    auto* older = child->next_told;
    child->next_told = result;
    result = child;
    child = older;
  }
  return result;
}

bool child_sentry::control(int operation, int fd, uint32_t events, topic what,
                           watched_child* child) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.u64 = reinterpret_cast<uint64_t>(child)
                   | static_cast<uint64_t>(what);
  return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
}

void child_sentry::drop(int fd) noexcept {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

} // namespace rr
