// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include <fmt/format.h>

#include "app/command/commands.hpp"
#include "app/command/log_past.hpp"
#include "app/command/log_view.hpp"
#include "app/command/pipeline_output.hpp"
#include "app/command/runtime_connection.hpp"
#include "app/config/option_value.hpp"
#include "app/runtime/program_output.hpp"
#include "bridges/log_stream/log_receiver.hpp"
#include "bridges/zmq/first_connection.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"
#include "messages/log/log_forwarding.hpp"
#include "messages/log/log_gaps.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

/// Events whose lines are written at once, if they have come at once.
constexpr size_t batch_size = 256;

/// Bytes of a line of standard input; a longer one is malformed.
constexpr size_t max_input_line = 1'048'576;

/// After this the files count as complete where nothing is received, or they do
/// not have what is.
constexpr auto join_patience = std::chrono::seconds{1};

/// Between two looks whether they have it.
constexpr auto join_interval = std::chrono::milliseconds{20};

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
    if (size < 0) {
      if (errno == EINTR || errno == EAGAIN)
        return true;
      problem_ = errno;
      return false;
    }
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

  /// The error number of what could not be read; 0 for none.
  int problem() const noexcept {
    return problem_;
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
  int problem_ = 0;
};

/// @returns the status, unless lines could not be written or did not come.
caf::expected<log_subscriber_status>
outcome(const log_view& view, const pipeline_output& output,
        const line_maker& lines, const log_subscriber_status& status) {
  if (output.problem() != 0)
    return system_error("cannot write standard output", output.problem());
  if (view.count && !lines.done() && output.timed_out())
    return caf::make_error(ec::call_timed_out,
                           fmt::format("{} of {} events within {}; see "
                                       "--log.level and --timeout",
                                       lines.made(), *view.count,
                                       render_duration(*view.timeout)));
  return status;
}

/// A connection to the first that answers of the log forwarder's frontends that
/// the options name. While there is none it says so once, and waits.
caf::expected<first_connection>
connect_to_log(zmq::context_t& context, const options& opts,
               const log_view& view, const pipeline_output& output) {
  first_connection_settings settings;
  settings.addresses = opts.get<std::vector<std::string>>("log.frontend");
  settings.timeout = view.timeout;
  settings.interruption = output.end_descriptor();
  settings.make = [&](zmq::context_t& zmq) {
    return log_receiver::make_socket(zmq, {{}, view.filter.level});
  };
  settings.absent = [](const caf::error& why) {
    print_error(describe(why) + "; waiting for it");
  };
  return connect_to_first(context, settings);
}

/// Prints what the log's files have, if that is wanted, and then events from
/// the frontend, until SIGINT, SIGTERM, the end of the reader of standard
/// output, the count, or the time-out. The runtime may end and come back
/// meanwhile.
/// @param past none for what comes alone.
/// @returns what became of the events; `ec::system_error` when they cannot be
///          read or written, `ec::call_timed_out` when the time was over before
///          a runtime answered or before the count.
caf::expected<log_subscriber_status>
follow_frontend(const options& opts, const log_view& view, log_past* past) {
  auto until = std::chrono::steady_clock::now()
               + view.timeout.value_or(caf::timespan{});
  pipeline_output output;
  line_maker lines{view};
  auto add = [&](log_level level, const json& event) {
    lines.add(level, event);
  };
  if (past) {
    if (auto failed = past->read(add))
      return failed;
    if (!lines.write_to(output))
      return outcome(view, output, lines, {.malformed = past->malformed()});
  }
  auto context = zmq_context::make();
  if (!context)
    return context.error();
  auto connection = connect_to_log((*context)->get(), opts, view, output);
  if (!connection)
    return with_advice(connection.error());
  if (connection->address.empty())
    return log_subscriber_status{};
  if (view.timeout)
    output.end_at(until);
  log_receiver receiver{std::move(connection->socket), {}};
  auto give_up = std::chrono::steady_clock::now() + join_patience;
  auto receive = [&](log_level level, const json& event) {
    if (past)
      past->receive(level, event, add);
    else
      add(level, event);
  };
  for (;;) {
    auto count = receiver.receive(batch_size, receive);
    auto joining = past && !past->joined();
    if (joining) {
      if (auto failed = past->join(add))
        return failed;
      if (std::chrono::steady_clock::now() >= give_up)
        past->give_up(add);
    }
    if (!lines.write_to(output))
      break;
    if (count == batch_size)
      continue;
    if (joining ? !output.wait_for(receiver.descriptor(), join_interval)
                : !output.wait_for(receiver.descriptor()))
      break;
  }
  auto status = receiver.status();
  status.malformed += past ? past->malformed() : 0;
  return outcome(view, output, lines, status);
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
  if (reader.problem() != 0)
    return system_error("cannot read standard input", reader.problem());
  return outcome(view, output, lines, result);
}

/// Nothing is lost in silence, and standard output is for events alone.
void report(const log_subscriber_status& status) {
  if (status.malformed > 0)
    print_error(fmt::format("skipped {} malformed events", status.malformed));
  if (status.missed > 0)
    print_error(fmt::format("missed {} events", status.missed));
}

log_view view_of(const command_arguments& given) {
  log_view result;
  result.as_json = given.as_json();
  result.filter.level = level_of(given.opts());
  result.filter.process = given.get("process");
  result.filter.text = given.get("grep");
  if (auto since = given.duration("since"))
    result.filter.since
      = std::chrono::system_clock::now()
        - std::chrono::duration_cast<std::chrono::system_clock::duration>(
          *since);
  result.count = given.integer("count");
  result.timeout = given.duration("timeout");
  return result;
}

int follow_log(const command_arguments& given) {
  auto view = view_of(given);
  auto from_input = given.get("source") == "stdin";
  std::optional<log_past> past;
  if (view.filter.since && !from_input) {
    auto file = given.opts().get<std::string>("log.file");
    if (file.empty())
      return usage_error("logs --since: log.file is not set, so that nothing "
                         "is kept of the past; set it for the runtime, too",
                         "logs");
    past.emplace(file, given.opts().get<size_t>("log.max-files"),
                 *view.filter.since);
  }
  auto status = from_input ? follow_standard_input(view)
                           : follow_frontend(given.opts(), view,
                                             past ? &*past : nullptr);
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
          {"--process=NAME", "Only what it says, and what is said of it."},
          {"--since=DURATION",
           "First what log.file has of the last 10m; only new ones."},
          {"--grep=TEXT", "Only what has this text, in itself or in a field."},
          {"--source=remote|stdin",
           "log.frontend, or JSON lines on standard input; remote."},
          {"--count=N", "Ends after N events that were shown; never.", 1},
          {"--timeout=DURATION",
           "Ends after this, with 1 if too little came; never."}},
       .example = "logs --process=camera --since=10m --grep=timeout"},
    .needs = {{"log.frontend", "log.level", "log.file", "log.max-files",
               "application.debug", "application.runtime-directory"}},
    .function = follow_log};
}

} // namespace rr
