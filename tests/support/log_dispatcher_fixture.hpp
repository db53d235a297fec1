// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cerrno>

#include "bridges/log/event_log.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "messages/error.hpp"
#include "tests/support/recording_log_output.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

namespace rr::test {

/// Keeps events, holds its thread up, and hears of losses.
class log_gate : public recording_log_output {
public:
  void write(const log_event& event) noexcept override {
    ++entered;
    closed.wait(true);
    recording_log_output::write(event);
  }

  void lost(const log_loss& loss) noexcept override {
    lost_infos += loss.by_level[1];
    lost_errors += loss.by_level[3];
    lost_all += loss.total();
    seen_before_loss = events().size();
  }

  bool settle() noexcept override {
    return ++settled > 3;
  }

  bool publishes() const noexcept override {
    return is_publisher;
  }

  void hurry() noexcept override {
    hurries = true;
  }

  void end() noexcept override {
    ended = true;
  }

  sink_loss own_loss() const noexcept override {
    return {"log_gate", "robot", own, ENOSPC};
  }

  /// But for reports of losses.
  std::vector<log_event> own_events() const {
    auto result = events();
    std::erase_if(result,
                  [](auto& x) { return x.event == "Log events dropped"; });
    return result;
  }

  void open() {
    closed = false;
    closed.notify_all();
  }

  std::atomic<bool> closed{false};
  std::atomic<uint64_t> own{0};
  std::atomic<int> entered{0};
  std::atomic<uint64_t> lost_infos{0};
  std::atomic<uint64_t> lost_errors{0};
  std::atomic<uint64_t> lost_all{0};
  std::atomic<size_t> seen_before_loss{0};
  std::atomic<int> settled{0};
  std::atomic<bool> hurries{false};
  std::atomic<bool> ended{false};
  bool is_publisher = false;
};

struct log_dispatcher_fixture {
  std::shared_ptr<log_gate> first = std::make_shared<log_gate>();
  std::shared_ptr<log_gate> second = std::make_shared<log_gate>();
  std::shared_ptr<log_dispatcher> dispatcher;
  event_log log;

  void start(size_t queue, std::chrono::milliseconds gather_time
                           = log_dispatcher::default_gather_time) {
    auto made = log_dispatcher::make(queue, {first, second}, gather_time);
    CAF_REQUIRE(made);
    dispatcher = *made;
    log = event_log{dispatcher, "robot"};
  }

  /// Returns once the thread of `first` hangs in the first event.
  void start_held_up(size_t queue) {
    first->closed = true;
    start(queue);
    log.info("first");
    CAF_REQUIRE(eventually([&] { return first->entered > 0; }));
  }
};

} // namespace rr::test
