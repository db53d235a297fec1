// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "bridges/process/adopted_children.hpp"
#include "bridges/process/child_orders.hpp"
#include "bridges/process/child_sentry.hpp"
#include "bridges/process/child_watcher.hpp"
#include "bridges/process/keeper.hpp"
#include "bridges/process/low_descriptors.hpp"
#include "bridges/process/watched_child.hpp"

namespace rr {

/// What the thread of a `child_watcher` does that starts children, reaps them
/// and ends what they leave: all that may take time. It is the owner in the
/// terms of `child_sentry`.
class child_loop {
public:
  using clock = std::chrono::steady_clock;

  static caf::expected<std::unique_ptr<child_loop>>
  make(child_watcher_settings settings, stop_cord& cord, child_sentry& sentry,
       std::shared_ptr<child_orders> orders, output_reader& reader);

  child_loop(const child_loop&) = delete;
  child_loop& operator=(const child_loop&) = delete;

  ~child_loop();

  /// Until the order to finish has been carried out.
  void run();

  /// Children that have not been reaped. Thread safe.
  size_t count() const noexcept {
    return count_.load();
  }

  /// Thread safe; never changes.
  const containment& contains() const noexcept {
    return *containment_;
  }

private:
  /// What an event of epoll is about; the child's number stands beside it.
  enum class topic : uint64_t { orders, keeper, orphans, news, remains };

  child_loop(child_watcher_settings settings, stop_cord& cord,
             child_sentry& sentry, std::shared_ptr<child_orders> orders,
             output_reader& reader);

  caf::error prepare();

  caf::error start_keeper();

  // -- events ----------------------------------------------------------------

  void dispatch(const epoll_event& event);

  /// Takes what the sentry has to tell.
  void take_news();

  void on_launched(watched_child& child);

  void on_ended(watched_child& child);

  /// Reports a child's end, unless something that it has started lives on.
  void wait_for_remains(watched_child& child);

  void report_end(watched_child& child);

  /// Reports a child's end in spite of what lives on.
  void give_up(watched_child& child);

  void on_keeper_ended();

  /// Has orphans that have ended reaped in a moment, many at a time.
  void on_orphan_ended();

  // -- orders ----------------------------------------------------------------

  /// A start whose turn has not come.
  struct waiting_start {
    start_order order;
    bool prepared = false;
    /// When it fails unless it has been prepared.
    clock::time_point late;
  };

  void take_orders();
  void prepare(start_order& order);
  void on_prepared(uint64_t id);
  void terminate(uint64_t id);
  void kill(uint64_t id);
  void kill_all();
  void finish();

  /// One start at a time: orders are taken between two of them.
  void start_next();

  caf::error start(start_order& order);

  /// Fails a start that has not begun.
  bool cancel(uint64_t id);

  /// The start of that id that waits.
  std::deque<waiting_start>::iterator find_waiting(uint64_t id);

  void fail_start(std::deque<waiting_start>::iterator waiting,
                  const std::string& why);

  /// The child of that id if it runs. A start that has not begun is cancelled.
  watched_child* find_running(uint64_t id);

  // -- time ------------------------------------------------------------------

  /// For `epoll_wait`: -1 when there is nothing to wait for but events.
  int timeout() const;

  void check_time();

  /// Fails those that have not been prepared in time.
  void end_late_starts(clock::time_point now);

  /// SIGKILL to those whose launchers hang: their starts have failed.
  void end_late_launches(clock::time_point now);

  /// SIGKILL to the groups of all children, then to what they have started.
  void kill_everything() noexcept;

  // -- helpers ---------------------------------------------------------------

  bool watch(int fd, uint32_t events, topic what, uint64_t id = 0);

  /// Takes a descriptor off epoll. Closing it would not do: a process that is
  /// being started may hold a copy.
  void unwatch(int fd);

  watched_child* find(uint64_t id);

  void complain(const caf::error& what) const;

  child_watcher_settings settings_;
  stop_cord& cord_;
  child_sentry& sentry_;
  std::shared_ptr<child_orders> orders_;
  output_reader& reader_;
  std::string cookie_prefix_;
  file_descriptor epoll_;
  std::unordered_set<pid_t> known_;
  adopted_children orphans_;
  /// Tells of SIGCHLD.
  file_descriptor child_signal_;
  std::unique_ptr<containment> containment_;
  std::optional<low_descriptors> low_;
  std::optional<keeper> keeper_;
  std::unordered_map<uint64_t, std::unique_ptr<watched_child>> children_;
  /// Those that have been reaped and have left something behind.
  std::unordered_set<uint64_t> cleaning_;
  /// When to give up those whose programs have not been executed yet.
  std::unordered_map<uint64_t, clock::time_point> launching_;
  /// They are prepared in this order.
  std::deque<waiting_start> starts_;
  std::atomic<size_t> count_{0};
  bool finishing_ = false;
  /// When the loop ends whether or not everything has.
  clock::time_point finish_by_ = clock::time_point::max();
  /// When orphans are reaped. Once at the start: SIGCHLD may have come before.
  clock::time_point reap_at_ = clock::now();
};

} // namespace rr
