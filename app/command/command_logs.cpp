// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include <fmt/format.h>

#include "app/command/commands.hpp"
#include "app/command/pipeline_output.hpp"
#include "app/config/option_value.hpp"
#include "app/runtime/program_output.hpp"
#include "bridges/log_stream/log_receiver.hpp"
#include "bridges/system/terminal.hpp"
#include "bridges/zmq/first_connection.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"
#include "messages/log/log_forwarding.hpp"
#include "messages/log/log_gaps.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

/// What `robot-runtime logs` shows, and how.
struct log_view {
  log_level level = log_level::info;
  /// JSON lines, or lines for people, coloured on a terminal only.
  bool as_json = false;
  /// After so many events it ends; never without.
  std::optional<uint64_t> count;
  /// After this it ends, whatever it waits for; never without.
  std::optional<caf::timespan> timeout;
};

/// Events whose lines are written at once, if they have come at once.
constexpr size_t batch_size = 256;

/// Bytes of a line of standard input; a longer one is malformed.
constexpr size_t max_input_line = 1'048'576;

/// Turns events into lines, as many as are wanted.
class line_maker {
public:
  explicit line_maker(const log_view& view)
    : view_(view),
      coloured_(takes_colours(STDOUT_FILENO)) {
  }

  void add(log_level level, const json& event) {
    if (done() || level < view_.level)
      return;
    ++made_;
    lines_ += view_.as_json ? log_line(event)
                            : to_pretty(as_log_event(event), coloured_);
    lines_ += '\n';
  }

  bool done() const noexcept {
    return view_.count && made_ >= *view_.count;
  }

  uint64_t made() const noexcept {
    return made_;
  }

  /// Writes what is there.
  /// @returns whether to go on.
  bool write_to(pipeline_output& output) {
    auto written = output.write(lines_);
    lines_.clear();
    return written && !done();
  }

private:
  const log_view& view_;
  bool coloured_;
  uint64_t made_ = 0;
  std::string lines_;
};

/// Takes lines out of what is read, however it is cut.
class line_reader {
public:
  /// Calls `take` with each line that is complete, and with what is left at the
  /// end; a line that is too long is taken as empty.
  /// @returns false at the end.
  template <class F>
  bool read(F take) {
    char bytes[65536];
    auto size = ::read(STDIN_FILENO, bytes, sizeof(bytes));
    if (size < 0)
      return errno == EINTR || errno == EAGAIN;
    for (auto rest = std::string_view{bytes, static_cast<size_t>(size)};
         !rest.empty();) {
      auto end = rest.find('\n');
      append(rest.substr(0, end));
      if (end == rest.npos)
        break;
      rest.remove_prefix(end + 1);
      end_line(take);
    }
    if (size == 0 && (!line_.empty() || too_long_))
      end_line(take);
    return size > 0;
  }

private:
  void append(std::string_view part) {
    too_long_ = too_long_ || line_.size() + part.size() > max_input_line;
    if (too_long_)
      line_.clear();
    else
      line_ += part;
  }

  template <class F>
  void end_line(F take) {
    take(std::string_view{line_});
    line_.clear();
    too_long_ = false;
  }

  std::string line_;
  bool too_long_ = false;
};

/// @returns the status, unless lines could not be written or did not come.
caf::expected<log_subscriber_status>
outcome(const log_view& view, const pipeline_output& output,
        const line_maker& lines, const log_subscriber_status& status) {
  if (output.problem() != 0)
    return system_error("cannot write standard output", output.problem());
  if (view.count && !lines.done() && output.timed_out())
    return caf::make_error(ec::call_timed_out,
                           fmt::format("{} of {} events within {}",
                                       lines.made(), *view.count,
                                       render_duration(*view.timeout)));
  return status;
}

/// Prints events from the first that answers of the log forwarder's frontends
/// that the options name, until SIGINT, SIGTERM, the end of the reader of
/// standard output, the count, or the time-out. The runtime may end and come
/// back meanwhile; while none is there it says so once on standard error, and
/// waits.
/// @returns what became of the events; `ec::system_error` when they cannot be
///          written, `ec::call_timed_out` when the time was over before a
///          runtime answered or before the count.
caf::expected<log_subscriber_status> follow_frontend(const options& opts,
                                                     const log_view& view) {
  auto until = std::chrono::steady_clock::now()
               + view.timeout.value_or(caf::timespan{});
  pipeline_output output;
  auto context = zmq_context::make();
  if (!context)
    return context.error();
  first_connection_settings settings;
  settings.addresses = opts.get<std::vector<std::string>>("log.frontend");
  settings.timeout = view.timeout;
  settings.interruption = output.end_descriptor();
  settings.make = [&](zmq::context_t& zmq) {
    return log_receiver::make_socket(zmq, {{}, view.level});
  };
  settings.absent = [](const caf::error& why) {
    print_error(describe(why) + "; waiting for it");
  };
  auto connection = connect_to_first((*context)->get(), settings);
  if (!connection)
    return connection.error();
  if (connection->address.empty())
    return log_subscriber_status{};
  if (view.timeout)
    output.end_at(until);
  log_receiver receiver{std::move(connection->socket), {}};
  line_maker lines{view};
  auto add = [&](log_level level, const json& event) {
    lines.add(level, event);
  };
  for (;;) {
    auto count = receiver.receive(batch_size, add);
    if (!lines.write_to(output))
      break;
    if (count < batch_size && !output.wait_for(receiver.descriptor()))
      break;
  }
  return outcome(view, output, lines, receiver.status());
}

/// The same of JSON lines from standard input, until its end.
caf::expected<log_subscriber_status>
follow_standard_input(const log_view& view) {
  pipeline_output output;
  if (view.timeout)
    output.end_at(std::chrono::steady_clock::now() + *view.timeout);
  line_maker lines{view};
  line_reader reader;
  log_gaps gaps;
  log_subscriber_status result;
  auto take = [&](std::string_view line) {
    auto event = parse_log_line(line);
    if (!event) {
      ++result.malformed;
      return;
    }
    ++result.received;
    result.missed += gaps.take(*event);
    lines.add(level_of(*event), *event);
  };
  while (output.wait_for(STDIN_FILENO)) {
    auto more = reader.read(take);
    if (!lines.write_to(output) || !more)
      break;
  }
  return outcome(view, output, lines, result);
}

/// Nothing is lost in silence, and standard output is for events alone.
void report(const log_subscriber_status& status) {
  if (status.malformed > 0)
    print_error(fmt::format("skipped {} malformed events", status.malformed));
  if (status.missed > 0)
    print_error(fmt::format("missed {} events", status.missed));
}

int follow_log(const command_arguments& given) {
  log_view view;
  view.as_json = given.as_json();
  view.level = level_of(given.opts());
  view.count = given.integer("count");
  view.timeout = given.duration("timeout");
  auto status = given.get("source") == "stdin"
                  ? follow_standard_input(view)
                  : follow_frontend(given.opts(), view);
  if (!status)
    return run_time_error(status.error());
  report(*status);
  return exit_success;
}

} // namespace

command logs_command() {
  return {
    .help
    = {.name = "logs",
       .purpose = "Follows the log of everything that runs.",
       .options
       = {format_option,
          {"--source=remote|stdin", "The runtime's log.frontend, or JSON lines "
                                    "on standard input; remote."},
          {"--count=N", "Ends after N events; goes on for ever.", 1},
          {"--timeout=DURATION",
           "Ends after this, with exit code 1 when no runtime has answered or "
           "the count is not reached; goes on for ever."}}},
    .needs = {{"log.frontend", "log.level", "application.debug",
               "application.runtime-directory"}},
    .function = follow_log};
}

} // namespace rr
