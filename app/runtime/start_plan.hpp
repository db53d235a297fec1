// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <caf/timespan.hpp>

#include "messages/process/process.hpp"
#include "messages/process/reload.hpp"

namespace rr {

/// What becomes of processes when these take the place of those: whose settings
/// are the same is not named.
process_changes changed(const std::vector<process_settings>& old,
                        const std::vector<process_settings>& now);

/// Whether that process is to end: it is there no more, or not as it was.
bool lets_go(const process_changes& changes, const std::string& process);

/// Who is to end before the others can start: groups of names, of which the
/// last one ends first, as in a stop.
/// @param old of whom they are some.
std::vector<std::vector<std::string>>
let_go(const std::vector<process_settings>& old,
       const process_changes& changes);

/// Which process starts when, with the robot: each as soon as all that it comes
/// after are ready, or have been and have ended well. It knows no clock and no
/// actor; it is told what happens, and when.
///
/// One that waits goes on waiting while another is restarted, has failed or is
/// stopped, and starts when that becomes ready after all. What runs is not
/// touched by what becomes of those before it. An order starts a process
/// whatever it comes after.
class start_plan {
public:
  start_plan() = default;

  /// @pre names in `after` exist and make no cycle, as `check` ensures; unknown
  ///      names are passed over, and what is in a cycle waits for ever.
  explicit start_plan(const std::vector<process_settings>& processes);

  /// The plan of those that take the place of these. Whoever is no change goes
  /// on as it was; the others start as with the robot.
  start_plan followed_by(const std::vector<process_settings>& processes,
                         const process_changes& changes) const;

  /// Those whose turn has come, as indices; each once.
  std::vector<size_t> take_due();

  /// A process has made a step.
  /// @param now since the start of the robot.
  void note(const process_moved& step, caf::timespan now);

  /// An order keeps a process from starting with the robot.
  void withdraw(const std::string& process);

  /// The processes that this one waits for; none once its turn has come.
  std::vector<std::string> waits_for(size_t process) const;

  /// Whether nothing is on its way any more: each is ready, has ended, has been
  /// given up, or waits for one that is not on its way.
  bool settled() const;

  /// Whether the changes that this plan began with have been made: each that is
  /// new has become ready, has failed to, or waits for one that is not new.
  bool changes_made() const;

  /// None where no process has that name.
  std::optional<size_t> index_of(const std::string& process) const;

  const process_startup& startup(size_t process) const {
    return entries_[process].startup;
  }

private:
  struct entry {
    std::string name;
    std::vector<size_t> predecessors;
    /// Its turn has come, or it never will.
    bool released = false;
    bool followed = false;
    bool on_its_way = false;
    /// A reload has brought it, and its first start is not over.
    bool is_new = false;
    process_startup startup;
  };

  entry* find(const std::string& name);
  void release(entry& x);
  bool any_comes(bool of_the_new) const;
  bool is_due(const entry& x) const;

  std::vector<entry> entries_;
  /// How many of them have not been released.
  size_t waiting_ = 0;
  /// Where in them each name is.
  std::map<std::string, size_t> places_;
};

} // namespace rr
