// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/program_output.hpp"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "app/config/printed_form.hpp"
#include "bridges/log/journal.hpp"
#include "bridges/log/log_file.hpp"
#include "bridges/log/standard_output.hpp"
#include "bridges/system/descriptor_writer.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

standard_output_settings output_settings(const options& opts) {
  standard_output_settings result;
  result.format = output_format(opts);
  result.level = level_of(opts);
  result.app = opts.get<std::string>("application.name");
  return result;
}

/// @returns the journal where `log.format` has events go there.
caf::expected<log_dispatcher::output_ptr> make_printed(const options& opts) {
  if (prints_to_journal(opts)) {
    journal_settings settings;
    settings.level = level_of(opts);
    settings.app = opts.get<std::string>("application.name");
    // What leads to the journal takes lines, too, where this fails.
    if (auto made = journal::make(settings))
      return log_dispatcher::output_ptr{std::move(*made)};
  }
  auto made = standard_output::make(output_settings(opts));
  if (!made)
    return std::move(made.error());
  return log_dispatcher::output_ptr{std::move(*made)};
}

log_file_settings file_settings(const options& opts) {
  log_file_settings result;
  result.file.path = opts.get<std::string>("log.file");
  result.file.max_size = opts.get<size_t>("log.max-size");
  result.file.max_files = opts.get<size_t>("log.max-files");
  result.app = opts.get<std::string>("application.name");
  return result;
}

} // namespace

log_level level_of(const options& opts) {
  return *parse_log_level(opts.get<std::string>("log.level"));
}

log_format output_format(const options& opts) {
  return prints_pretty(opts.get<std::string>("log.format"))
           ? log_format::pretty
           : log_format::json_lines;
}

bool prints_to_journal(const options& opts) {
  return opts.get<std::string>("log.format") == "auto"
         && is_journal_stream(std::getenv("JOURNAL_STREAM"), STDOUT_FILENO)
         && ::access(journal_socket::default_path, W_OK) == 0;
}

int with_log(const options& opts, const log_program& program) {
  auto failed = [](const caf::error& what) {
    print_error(describe(what));
    return 1;
  };
  auto output = make_printed(opts);
  if (!output)
    return failed(output.error());
  std::vector<log_dispatcher::output_ptr> outputs{*output};
  if (auto settings = file_settings(opts); !settings.file.path.empty()) {
    auto made = log_file::make(std::move(settings));
    if (!made) {
      if (made.error() != ec::bad_configuration)
        return failed(made.error());
      print_error("log.file: " + describe(made.error()));
      return 2;
    }
    outputs.push_back(std::move(*made));
  }
  auto log = log_dispatcher::make(opts.get<size_t>("log.queue"),
                                  std::move(outputs));
  if (!log)
    return failed(log.error());
  auto result = program(*log, *output);
  (*log)->close();
  return result;
}

void print_error(std::string_view what) {
  std::string line{program_invocation_short_name};
  line.append(": ").append(what) += '\n';
  auto writer = descriptor_writer::make(STDERR_FILENO);
  if (!writer) {
    // No descriptor is left for one.
    pollfd room{STDERR_FILENO, POLLOUT, 0};
    auto fits = ::poll(&room, 1, 0) == 1;
    [[maybe_unused]] auto n
      = fits ? ::write(STDERR_FILENO, line.data(), line.size()) : 0;
    return;
  }
  (*writer)->finish();
  (*writer)->write(line);
}

} // namespace rr
