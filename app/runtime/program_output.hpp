// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "app/config/options.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "bridges/log/standard_output.hpp"

namespace rr {

/// @param log where events go.
/// @param printed of its outputs, standard output, or the journal in its place.
using log_program = std::function<int(std::shared_ptr<log_dispatcher> log,
                                      log_dispatcher::output_ptr printed)>;

/// Runs the program with its log events going to standard output, in the form
/// and from the level on that the options say, or to the journal, and to
/// `log.file` if there is one. Closes these outputs last of all: what ends with
/// the program may still have something to say.
/// @returns what `program` returns, 1 when there can be no output.
int with_log(const options& opts, const log_program& program);

/// What `log.level` says.
log_level level_of(const options& opts);

/// What `log.format` means for this program's standard output.
log_format output_format(const options& opts);

/// Whether events go to systemd's journal with their fields rather than to
/// standard output: `log.format` is `auto`, and systemd has connected standard
/// output to the journal.
bool prints_to_journal(const options& opts);

/// Prints one line on standard error: the program's name, and what. Nobody need
/// read it: it waits for room no longer than half a second.
void print_error(std::string_view what);

} // namespace rr
