// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/status_follow.hpp"

#include <unistd.h>

#include <algorithm>

#include "app/command/command_output.hpp"
#include "app/command/pipeline_output.hpp"
#include "app/command/runtime_connection.hpp"
#include "app/config/exit_code.hpp"
#include "app/runtime/status_changes.hpp"
#include "app/runtime/status_table.hpp"
#include "bridges/system/terminal.hpp"

namespace rr {

namespace {

/// Between two tables.
constexpr auto table_interval = std::chrono::seconds{1};

/// Between two looks for a change.
constexpr auto change_interval = std::chrono::milliseconds{200};

/// Makes what is printed of one status after the other.
class status_view {
public:
  explicit status_view(const command_arguments& given)
    : as_json_(given.as_json()),
      counters_(given.get("counters") ? shown_counters::all
                                      : shown_counters::not_zero),
      on_terminal_(::isatty(STDOUT_FILENO) != 0),
      coloured_(takes_colours(STDOUT_FILENO)) {
  }

  /// @returns nothing where there is nothing new to tell.
  std::string text_of(const json& status) {
    if (as_json_) {
      auto lasting = lasting_part(status);
      return lasting == std::exchange(last_, lasting) ? "" : as_line(status);
    }
    auto table = status_table(status, counters_,
                              std::chrono::system_clock::now(), coloured_);
    if (on_terminal_)
      return drawn_anew(table, terminal_rows(STDOUT_FILENO));
    return std::exchange(first_, false) ? table : '\n' + table;
  }

  runtime_connection::clock::duration interval() const noexcept {
    if (as_json_)
      return change_interval;
    return table_interval;
  }

private:
  bool as_json_;
  shown_counters counters_;
  bool on_terminal_;
  bool coloured_;
  bool first_ = true;
  json last_;
};

} // namespace

int follow_status(const command_arguments& given) {
  // Before any thread that could take the signals.
  pipeline_output output;
  auto timeout = given.timeout();
  if (given.get("timeout"))
    output.end_at(runtime_connection::clock::now() + timeout);
  runtime_connection runtime{given.opts(), output.end_descriptor()};
  status_view view{given};
  for (;;) {
    auto next = runtime_connection::clock::now() + view.interval();
    auto status = runtime.call({.method = "status"}, timeout);
    if (!status)
      return output.is_over() && !output.timed_out()
               ? int{exit_success}
               : run_time_error(status.error());
    if (!output.write(view.text_of(*status)))
      return output.problem() == 0 ? int{exit_success}
                                   : output_failure(output.problem());
    if (auto ended = runtime.wait_until(next))
      return run_time_error(ended);
    if (output.is_over())
      return exit_success;
  }
}

std::string drawn_anew(std::string_view text, size_t rows) {
  // Home, and no line takes more than its own row, however long it is.
  std::string result = "\x1b[H\x1b[?7l";
  auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  // The last row is where the cursor stays.
  auto shown = lines;
  if (rows > 2 && lines > rows - 1)
    shown = rows - 2;
  for (size_t i = 0; i < shown; ++i) {
    auto end = text.find('\n');
    result.append(text.substr(0, end)).append("\x1b[K\n");
    text.remove_prefix(end + 1);
  }
  if (shown < lines)
    result += "... " + std::to_string(lines - shown) + " more lines\x1b[K\n";
  return result + "\x1b[J\x1b[?7h";
}

} // namespace rr
