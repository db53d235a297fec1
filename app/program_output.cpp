// SPDX-License-Identifier: BSD-3-Clause
#include "app/program_output.hpp"

#include <errno.h>

#include <iostream>
#include <utility>
#include <vector>

#include "bridges/log_file.hpp"
#include "bridges/standard_output.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

size_t queue_of(const options& opts) {
  return static_cast<size_t>(opts.get<int64_t>("log.queue"));
}

standard_output_settings output_settings(const options& opts) {
  standard_output_settings result;
  result.format = opts.get<std::string>("log.format") == "pretty"
                    ? log_format::pretty
                    : log_format::json;
  result.level = *parse_log_level(opts.get<std::string>("log.level"));
  result.queue = queue_of(opts);
  result.app = opts.get<std::string>("application.name");
  return result;
}

log_file_settings file_settings(const options& opts) {
  log_file_settings result;
  result.path = opts.get<std::string>("log.file");
  result.max_size = static_cast<size_t>(opts.get<int64_t>("log.max-size"));
  result.max_files = static_cast<size_t>(opts.get<int64_t>("log.max-files"));
  result.queue = queue_of(opts);
  result.app = opts.get<std::string>("application.name");
  return result;
}

} // namespace

int with_log(const options& opts, const log_program& program) {
  auto failed = [](const caf::error& what) {
    print_error(describe(what));
    return 1;
  };
  auto output = standard_output::make(output_settings(opts));
  if (!output)
    return failed(output.error());
  std::vector<log_dispatcher::output_ptr> outputs{*output};
  if (auto settings = file_settings(opts); !settings.path.empty()) {
    auto file = log_file::make(std::move(settings));
    if (!file)
      return failed(file.error());
    outputs.push_back(*file);
  }
  auto log = log_dispatcher::make(queue_of(opts), std::move(outputs));
  if (!log)
    return failed(log.error());
  auto result = program(*log, *output);
  (*log)->close();
  (*output)->close();
  return result;
}

void print_error(std::string_view what) {
  std::cerr << program_invocation_short_name << ": " << what << '\n';
}

} // namespace rr
