// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/explain_text.hpp"
#include "app/config/record_options.hpp"
#include "app/runtime/run_ends.hpp"
#include "messages/record/run_record.hpp"

namespace rr {

namespace {

int explain(const command_arguments& given) {
  auto where = given.opts().get<std::string>("application.state-directory");
  auto history = read_runs(where);
  if (!history)
    return run_time_error(history.error());
  auto most = static_cast<size_t>(given.integer("last").value_or(1));
  auto record_of = find_records_in(records_directory(given.opts()));
  auto now = std::chrono::system_clock::now();
  return print(given.as_json()
                 ? explain_as_json(*history, most, record_of)
                 : explain_as_text(*history, most, now, where, record_of));
}

} // namespace

command explain_command() {
  return {
    .help
    = {.name = "explain",
       .purpose = "Tells why the robot last stopped, from what lies in the "
                  "state directory: no runtime is needed. Names the black "
                  "box that was written of it. As JSON an object a line, the "
                  "newest end first. That there is no record is "
                  "told, and no failure.",
       .options
       = {{"--last=N", "How many ends are told, 1 to 16; 1.", 1, kept_runs},
          format_option},
       .example = "explain --last=3"},
    .needs = {{"application.state-directory", "record.directory"}},
    .function = explain};
}

} // namespace rr
