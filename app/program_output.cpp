// SPDX-License-Identifier: BSD-3-Clause
#include "app/program_output.hpp"

#include <errno.h>

#include <iostream>

#include "bridges/standard_output.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

standard_output_settings output_settings(const options& opts) {
  standard_output_settings result;
  result.format = opts.get<std::string>("log.format") == "pretty"
                    ? log_format::pretty
                    : log_format::json;
  result.level = *parse_log_level(opts.get<std::string>("log.level"));
  result.queue = static_cast<size_t>(opts.get<int64_t>("log.queue"));
  result.app = opts.get<std::string>("application.name");
  return result;
}

} // namespace

int with_standard_output(
  const options& opts,
  const std::function<int(std::shared_ptr<log_output>)>& program) {
  auto output = standard_output::make(output_settings(opts));
  if (!output) {
    print_error(describe(output.error()));
    return 1;
  }
  auto result = program(*output);
  (*output)->close();
  return result;
}

void print_error(std::string_view what) {
  std::cerr << program_invocation_short_name << ": " << what << '\n';
}

} // namespace rr
