// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "app/config/configuration.hpp"
#include "messages/process/reload.hpp"

namespace rr {

/// What a running runtime cannot take over from another configuration: every
/// option but those of processes, what the catalog says, and a bound on memory
/// where no process had one. A problem for each key, named by where it stands
/// now.
/// @param told what is told already: of such a key nothing more is said.
std::vector<config_problem>
restart_needs(const configuration& running, const options& now,
              const catalog& types, const std::vector<config_problem>& told);

/// Reads a configuration again from where it came from at the start: the same
/// command line, the same environment, and the file that these name. Of that it
/// must be a regular file, for a pipe gives its text only once. May block as
/// long as its file system does.
/// @param running what it was at the start.
configuration_read reread_configuration(const std::vector<std::string>& args,
                                        const options::environment& env,
                                        const configuration& running);

} // namespace rr
