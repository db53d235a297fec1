// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <sstream>
#include <unistd.h>

#include <caf/test/dsl.hpp>

#include "bridges/process/adopted_children.hpp"
#include "bridges/process/child_watcher.hpp"
#include "bridges/process/containment.hpp"
#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"
#include "tests/paths.hpp"
#include "tests/support/eventually.hpp"

namespace rr::test {

/// Longer than anything takes on the slowest machine.
constexpr auto patience = std::chrono::seconds{20};

/// Values that other threads change and the test waits for.
class guarded {
public:
  template <class Change>
  void change(Change what) {
    std::lock_guard lock{mutex_};
    what();
    changed_.notify_all();
  }

  template <class Condition>
  bool wait(Condition what) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, what);
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// How many descriptors this process has open.
inline size_t open_descriptors() {
  return list_directory("/proc/self/fd").size();
}

/// Whether a process exists and is not on its way out.
inline bool alive(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  if (!std::getline(file, text))
    return false;
  std::istringstream fields{text.substr(text.rfind(')') + 1)};
  std::string state, skipped;
  unsigned flags = 0;
  fields >> state >> skipped >> skipped >> skipped >> skipped >> skipped
    >> flags;
  constexpr unsigned exiting = 4;
  return state != "Z" && state != "X" && (flags & exiting) == 0;
}

/// A child of the test, and all that was heard of it.
struct watched {
  guarded facts;
  std::optional<process_started> started;
  std::optional<process_start_failed> failed;
  std::optional<process_exited> exited;
  std::function<void()> at_exit;
  std::unique_ptr<child_process> process;

  child_listener listener() {
    return {[this](const process_started& x) {
              facts.change([&] { started = x; });
            },
            [this](const process_start_failed& x) {
              facts.change([&] { failed = x; });
            },
            [this](const process_exited& x) {
              if (at_exit)
                at_exit();
              facts.change([&] { exited = x; });
            }};
  }

  pid_t pid() {
    CAF_REQUIRE(facts.wait([this] { return started || failed; }));
    CAF_REQUIRE(started);
    return started->pid;
  }

  process_exited end() {
    CAF_REQUIRE(facts.wait([this] { return exited || failed; }));
    CAF_REQUIRE(exited);
    auto result = *exited;
    // What it has used is another at each run.
    result.cpu = {};
    result.max_resident_kib = 0;
    return result;
  }

  std::string failure() {
    CAF_REQUIRE(facts.wait([this] { return exited || failed; }));
    CAF_REQUIRE(failed);
    CAF_CHECK(failed->reason == ec::start_failed);
    return describe(failed->reason);
  }
};

/// A watcher, its cord, and every line that its children write.
struct watcher_fixture {
  stop_cord cord;
  guarded output;
  std::vector<output_line> lines;
  std::vector<stop_cord_pulled> pulls;
  std::vector<std::string> errors;
  /// They outlive the watcher, which calls their listeners to its end.
  std::vector<std::unique_ptr<watched>> children;
  std::unique_ptr<child_watcher> watcher;

  watcher_fixture() {
    cord.observe([this](const stop_cord_pulled& x) {
      output.change([&] { pulls.push_back(x); });
    });
  }

  ~watcher_fixture() {
    watcher.reset();
  }

  void watch(child_watcher_settings settings = {}) {
    settings.on_error = [this](const caf::error& x) {
      output.change([&] { errors.push_back(describe(x)); });
    };
    auto made = child_watcher::make(settings, cord, [this](auto& line) {
      output.change([&] { lines.push_back(line); });
    });
    if (!made)
      CAF_FAIL(describe(made.error()));
    watcher = std::move(*made);
  }

  /// @param at_exit called where the listener is.
  watched* start(process_settings settings,
                 std::function<void()> at_exit = nullptr) {
    auto& result = children.emplace_back(std::make_unique<watched>());
    result->at_exit = std::move(at_exit);
    result->process = watcher->start(std::move(settings), result->listener());
    return result.get();
  }

  /// Runs the tests' own child program.
  watched* run(const std::vector<std::string>& arguments,
               std::function<void()> at_exit = nullptr) {
    process_settings settings;
    settings.name = "child-" + std::to_string(++started);
    settings.command.emplace_back(RR_TEST_CHILD);
    settings.command.insert(settings.command.end(), arguments.begin(),
                            arguments.end());
    return start(std::move(settings), std::move(at_exit));
  }

  /// The rest of a line that begins with `text`; of one child, or of any.
  std::string line(std::string_view text, pid_t pid = 0) {
    std::string result;
    CAF_REQUIRE(output.wait([&] {
      for (auto& x : lines)
        if (x.text.starts_with(text) && (pid == 0 || x.pid == pid)) {
          result = x.text.substr(text.size());
          return true;
        }
      return false;
    }));
    return result;
  }

  int started = 0;
};

/// Where the watcher's control groups are made; empty when they cannot be,
/// which takes privilege.
inline std::string group_directory() {
  adopted_children none{[](pid_t) { return true; }, false};
  auto made = make_containment({.kind = containment_kind::control_group,
                                .identity = make_identity()},
                               none);
  if (!made)
    return {};
  auto own = (*made)->keeper_arguments().at(1);
  return own.substr(0, own.rfind('/'));
}

/// Whether the kernel lets this process make process-id namespaces.
inline bool namespaces_can_be_made() {
  adopted_children none{[](pid_t) { return true; }, false};
  auto launcher = find_launcher();
  return launcher
         && make_containment({.kind = containment_kind::process_namespace,
                              .launcher = *launcher},
                             none);
}

/// The kinds of containment that can be used here.
inline std::vector<containment_kind> kinds() {
  std::vector<containment_kind> result{containment_kind::cookie};
  if (namespaces_can_be_made())
    result.push_back(containment_kind::process_namespace);
  if (!group_directory().empty())
    result.push_back(containment_kind::control_group);
  return result;
}

} // namespace rr::test
