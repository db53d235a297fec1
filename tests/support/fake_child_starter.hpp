// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bridges/process/child_process.hpp"

namespace rr {

/// Stands in for the bridge of the child processes: it starts nothing, keeps
/// what it was told, and the test says what becomes of each child, by the names
/// of their processes, and lets the supervisor handle it:
///
///     starter.listeners.at("camera").started({17});      // its pid
///     starter.listeners.at("camera").exited({1, ended_by::itself});
///     sched.run();
///
/// It outlives the supervisors that it is given to. For the test's one thread.
class fake_child_starter : public child_starter {
public:
  /// What one child was told, in order: `start`, `terminate`, `kill`, and
  /// `drop` at the end of whoever started it.
  using orders = std::vector<std::string>;

  std::unique_ptr<child_process> start(process_settings settings,
                                       child_listener listener) override {
    auto name = settings.name;
    if (name == fail_on)
      throw std::runtime_error("planted");
    started.push_back(name);
    listeners[name] = std::move(listener);
    told[name].push_back("start");
    requests[name] = std::move(settings);
    return std::make_unique<child>(told[name], news[name]);
  }

  void flush_output() noexcept override {
    flushed = true;
  }

  size_t count() const noexcept override {
    return listeners.size();
  }

  std::optional<child_usage> usage(int32_t) const override {
    ++usage_reads;
    return used;
  }

  /// What every child has of the machine, and how often it was read.
  std::optional<child_usage> used;
  mutable size_t usage_reads = 0;
  /// Whether anybody has asked for what children have written.
  bool flushed = false;
  /// The process whose start throws; none when empty.
  std::string fail_on;
  /// The processes in the order of their starts; one that is started anew
  /// stands there again.
  std::vector<std::string> started;
  /// By process.
  std::map<std::string, orders> told;
  /// What each was last started with.
  std::map<std::string, process_settings> requests;
  /// What the child of that process has to say of itself; once it is taken the
  /// heartbeat alone is left.
  std::map<std::string, child_news> news;
  /// Who hears of the last child of each process. The last member to be made:
  /// what they hold may be the last of a supervisor, and its end is told.
  std::map<std::string, child_listener> listeners;

private:
  class child : public child_process {
  public:
    child(orders& told, child_news& news) : told_(told), news_(news) {
    }

    ~child() override {
      told_.push_back("drop");
    }

    void terminate() noexcept override {
      told_.push_back("terminate");
    }

    void kill() noexcept override {
      told_.push_back("kill");
    }

    child_news take_news() override {
      auto heartbeat = news_.heartbeat;
      auto result = std::exchange(news_, {});
      news_.heartbeat = heartbeat;
      return result;
    }

  private:
    orders& told_;
    child_news& news_;
  };
};

} // namespace rr
