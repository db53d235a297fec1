// SPDX-License-Identifier: BSD-3-Clause
#include "app/log_follower.hpp"

#include <unistd.h>

#include <cerrno>

#include "app/pipeline_output.hpp"
#include "app/program_output.hpp"
#include "app/single_call.hpp"
#include "bridges/log_receiver.hpp"
#include "bridges/zmq_context.hpp"
#include "messages/address.hpp"
#include "messages/error.hpp"
#include "messages/log_gaps.hpp"
#include "messages/log_wire.hpp"
#include "messages/remote_call.hpp"

namespace rr {

namespace {

/// Events whose lines are written at once, if they have come at once.
constexpr size_t batch_size = 256;

/// Bytes of a line of standard input; a longer one is malformed.
constexpr size_t max_line = 1'048'576;

/// Turns events into lines, as many as are wanted.
class line_maker {
public:
  explicit line_maker(const log_view& view)
    : view_(view),
      coloured_(::isatty(STDOUT_FILENO) != 0) {
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
    too_long_ = too_long_ || line_.size() + part.size() > max_line;
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

} // namespace

caf::expected<log_subscriber_status> follow_frontend(const options& opts,
                                                     const log_view& view) {
  auto address
    = get_connection(opts.get<std::vector<std::string>>("log.frontend"));
  if (!address)
    return address.error();
  pipeline_output output;
  auto context = zmq_context::make();
  if (!context)
    return context.error();
  auto receiver = log_receiver::connect((*context)->get(),
                                        {*address, view.level});
  if (!receiver)
    return receiver.error();
  if (auto absent = find_listener(*address))
    print_error(describe(absent) + "; waiting for it");
  line_maker lines{view};
  auto add = [&](log_level level, const json& event) {
    lines.add(level, event);
  };
  for (;;) {
    auto count = (*receiver)->receive(batch_size, add);
    if (!lines.write_to(output))
      break;
    if (count < batch_size && !output.wait_for((*receiver)->descriptor()))
      break;
  }
  return (*receiver)->status();
}

log_subscriber_status follow_standard_input(const log_view& view) {
  pipeline_output output;
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
  return result;
}

} // namespace rr
