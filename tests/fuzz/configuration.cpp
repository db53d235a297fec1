// SPDX-License-Identifier: BSD-3-Clause

// Configuration files: what is wrong with one is told in lines of text, and
// what is taken is what the table of options allows.

#include <algorithm>

#include "app/config/config_file.hpp"
#include "app/config/option_table.hpp"
#include "app/config/option_value.hpp"
#include "app/config/options.hpp"
#include "messages/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

bool is_one_line(const std::string& text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

void check_problems(const options& opts) {
  for (const auto& each : opts.problems())
    require(is_one_line(to_string(each)), "a problem is one line of text");
}

/// Values that were settled, such as absolute paths, are good ones too.
void check_values(const options& opts) {
  for (const auto& row : option_table()) {
    auto name = full_name(row);
    auto value = caf::get_if(&opts.values(), name);
    require(value != nullptr, "every option has a value");
    require(static_cast<bool>(check_value(row, *value)),
            "what is taken is allowed");
  }
  for (const auto& each : opts.processes())
    require(!each.command.empty(), "a process has a command");
}

void check_literal(std::string_view text) {
  auto value = parse_literal(text);
  if (!value)
    return;
  auto again = parse_literal(render_value(*value));
  require(again && render_value(*again) == render_value(*value),
          "a value is written as it is read");
}

} // namespace

FUZZ_TARGET(configuration) {
  option_sources sources;
  sources.environment = {{"HOME", "/home/robot"}, {"PATH", "/usr/bin:/bin"}};
  sources.file = "/nonexistent/robot.ini";
  sources.text = std::string{fuzz::as_text(bytes)};
  auto opts = options::read(sources);
  check_problems(opts);
  if (!opts.bad())
    check_values(opts);
  auto needed = options::read_needed(sources, {{"router.frontend"}});
  check_problems(needed);
  check_literal(*sources.text);
}
