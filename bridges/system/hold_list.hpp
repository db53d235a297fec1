// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// One thing that holds the robot back.
struct hold {
  /// For people: `no driver`, `process camera is starting`.
  std::string what;
  std::chrono::system_clock::time_point since{};
};

/// Everything that holds the robot back now: why it may not run, or not as it
/// should. It tells, and stops nothing: what is `enabled` is decided elsewhere.
///
/// Thread safe. Observers are called under its lock, in the order of the
/// changes: they must neither block nor call it.
class hold_list {
public:
  /// @param held whether it holds from now on, or does no more.
  using observer = std::function<void(const hold& what, bool held)>;

  /// Called after each change with all that is left. To be set before others
  /// have the list.
  using listener = std::function<void(const std::vector<hold>& all)>;

  /// Only before others have the list.
  void observe(observer callback);
  void on_change(listener callback);

  /// Says that this holds the robot back, or that it does no more. What is so
  /// already changes nothing.
  void set(std::string_view what, bool held);

  /// Says what of one subject holds the robot back: in the place of what it was
  /// before, if that was another text; nothing for an empty one.
  void tell(std::string_view subject, std::string_view what);

  /// Releases whatever of these subjects is not among those named.
  /// @param prefix of the subjects.
  void keep_only(std::string_view prefix,
                 const std::vector<std::string>& subjects);

  /// All that hold now, the first one first.
  std::vector<hold> list() const;

  bool empty() const;

private:
  using entries = std::map<std::string, hold, std::less<>>;

  void release(entries::iterator which);
  std::vector<hold> sorted() const;
  void changed() const;

  mutable std::mutex mutex_;
  entries holds_;
  std::vector<observer> observers_;
  listener listener_;
};

} // namespace rr
