// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>

#include <caf/expected.hpp>

#include "bridges/process/watched_child.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/sign_of_life.hpp"
#include "bridges/system/stop_cord.hpp"
#include "bridges/system/wake_event.hpp"

namespace rr {

struct sentry_settings {
  /// A child that exits with it pulls the stop cord.
  int emergency_exit_code = 255;
  /// Between the pull of the cord and SIGKILL; zero and up.
  std::chrono::nanoseconds terminate_timeout{};
};

/// The thread that sees children end, pulls the stop cord for them, and sends
/// SIGKILL when its time has come. It waits for nothing but events: whatever
/// takes time, to start a child, to reap it, to find what it has started, is
/// another thread's, called the owner here. It takes no lock, and allocates
/// nothing before the last signal of an emergency.
///
/// From `watch` to the news of its end a child is in the hands of both threads:
/// the owner must not reap it.
class child_sentry {
public:
  /// Facts of one child, for its owner.
  enum news : unsigned {
    /// The launcher has had its say.
    launched = 1,
    /// The child is a zombie, and the sentry's no more.
    ended = 2,
  };

  /// Starts the thread.
  /// @param cord outlives the sentry, and is in nobody else's use yet.
  static caf::expected<std::unique_ptr<child_sentry>>
  make(const sentry_settings& settings, stop_cord& cord);

  child_sentry(const child_sentry&) = delete;
  child_sentry& operator=(const child_sentry&) = delete;

  ~child_sentry();

  /// Ends the thread. What is in its hands is its owner's again.
  void stop() noexcept;

  /// Watches a child that is on the cord's list. For the owner.
  /// @returns whether it does; if not, `errno` says why, and the child is the
  /// owner's alone.
  bool watch(watched_child& child) noexcept;

  /// How often SIGKILL has gone to all groups. A child whose `kills_before` is
  /// lower than this has got it.
  unsigned kills() const noexcept {
    return kills_.load();
  }

  /// SIGKILL to the groups of all children. From any thread.
  void kill_all() noexcept;

  /// For the owner: whether SIGKILL went out after an emergency, so that it is
  /// time for what children have started. Once.
  bool take_killed() noexcept {
    return killed_.exchange(false);
  }

  /// Whose silence means that this thread hangs. It may outlive the sentry.
  heartbeat_witness witness(std::chrono::nanoseconds bound) const;

  /// Readable when there is news. For the owner.
  int descriptor() const noexcept {
    return told_.descriptor();
  }

  /// Hands over all news, the oldest child first. For the owner.
  /// @param take called with a child and its news, `launched | ended` at most.
  template <class Function>
  void take_news(Function take) {
    told_.clear();
    for (auto* child = take_list(); child != nullptr;) {
      // From the exchange on it may be on the list again, or gone.
      auto* next = child->next_told;
      auto what = child->news.exchange(0);
      take(*child, what);
      child = next;
    }
  }

private:
  using clock = std::chrono::steady_clock;

  enum class topic : uint64_t { wake, launch, end };

  child_sentry(const sentry_settings& settings, stop_cord& cord,
               file_descriptor epoll, std::shared_ptr<wake_event> wake,
               wake_event told);

  void run() noexcept;

  /// The whole path from a child's end to the pull of the cord.
  void detect(std::span<const epoll_event> events) noexcept;

  /// @param stopped whether the cord had been pulled before.
  void on_ended(watched_child& child, clock::time_point now,
                bool stopped) noexcept;

  /// For `epoll_wait`: -1 when there is nothing to wait for but events.
  int timeout() const noexcept;

  void check_time() noexcept;

  /// What is left to do once nothing urgent is.
  void hand_over(std::span<const epoll_event> events) noexcept;

  void tell(watched_child& child, unsigned what) noexcept;

  watched_child* take_list() noexcept;

  bool control(int operation, int fd, uint32_t events, topic what,
               watched_child* child) noexcept;

  /// Closing it would not do: a process that is being started may hold a copy.
  void drop(int fd) noexcept;

  sentry_settings settings_;
  stop_cord& cord_;
  file_descriptor epoll_;
  /// The cord may be pulled when this object is gone.
  std::shared_ptr<wake_event> wake_;
  wake_event told_;
  std::shared_ptr<sign_of_life> life_ = std::make_shared<sign_of_life>();
  /// Those of whom there is news, the latest first.
  std::atomic<watched_child*> told_list_{nullptr};
  std::atomic<bool> stop_{false};
  std::atomic<bool> kill_wanted_{false};
  std::atomic<bool> killed_{false};
  std::atomic<unsigned> kills_{0};
  /// Whether the pull has been seen, and when what is left gets SIGKILL.
  bool pull_seen_ = false;
  clock::time_point kill_at_ = clock::time_point::max();
  std::thread thread_;
};

} // namespace rr
