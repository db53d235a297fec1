// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/process/low_descriptors.hpp"
#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// A pipe, both ends close-on-exec and none of them a standard descriptor.
struct pipe_ends {
  file_descriptor read;
  file_descriptor write;
};

/// @returns an `ec::system_error` when descriptors are exhausted.
caf::expected<pipe_ends> make_pipe();

/// How to execute the launcher.
struct spawn_request {
  /// Its path; no look-up.
  std::string program;
  /// The first is its name.
  std::vector<std::string> arguments;
  /// Each `KEY=VALUE`.
  std::vector<std::string> environment;
  /// What becomes its descriptors 0, 1, ..., at most `low_descriptors::most`;
  /// -1 for the caller's own, or `null_device`. Every other is closed.
  std::vector<int> descriptors;
  /// A session of its own, or else a process group of its own.
  bool new_session = false;
};

/// Executes the launcher, with every signal blocked until that has given each
/// its default action. Blocks until it executes. With low numbers, what it
/// costs does not grow with the descriptors that are open.
/// @returns its process id, or an `ec::start_failed`.
caf::expected<pid_t> spawn(const spawn_request& request, low_descriptors& low);

/// The same, once.
caf::expected<pid_t> spawn(const spawn_request& request);

/// A descriptor of a process that the caller has not reaped, or an
/// `ec::system_error`.
caf::expected<file_descriptor> open_process(pid_t pid);

/// The launcher: beside the executable of this process, or else in
/// `../libexec/robot-runtime` as seen from there.
/// @param path where it is; empty to find it.
/// @returns its path, or an `ec::system_error` that names it.
caf::expected<std::string> find_launcher(std::string path = {});

} // namespace rr
