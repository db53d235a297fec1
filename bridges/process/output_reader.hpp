// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/wake_event.hpp"

namespace rr {

enum class output_stream : uint8_t { standard_output, standard_error };

/// `stdout` or `stderr`.
/// @relates output_stream
const char* to_string(output_stream stream) noexcept;

/// One line that a child has written.
struct output_line {
  /// The child's name and process id.
  std::string process;
  pid_t pid = 0;
  output_stream stream{};
  /// Without its end; any bytes, not always UTF-8. At most `max_output_line` of
  /// them: of a longer line the first and the last half of that, with
  /// `output_gap` between.
  std::string text;
  /// How many bytes of the line were cut out of its middle.
  size_t dropped = 0;
};

constexpr size_t max_output_line = 8192;

/// Stands where the middle of a long line was.
constexpr std::string_view output_gap = " ... ";

/// After so long a silence a line is shown that has no end yet.
constexpr auto output_silence = std::chrono::milliseconds{200};

/// Takes a line. Called on the thread that reads; until it returns no other
/// line is read, so that it must not block.
using line_callback = std::function<void(const output_line&)>;

/// Reads the output of all children, line by line, on one thread of its own. A
/// child waits for nothing but this thread, and no child can keep it from the
/// others. Needs at most twice `max_output_line` bytes for a stream.
///
/// A line ends at `\n`, `\r\n` or `\r`. One without an end, such as a question,
/// is shown after `output_silence`; what comes of it later is a line of its
/// own. No UTF-8 sequence is torn by that or by a cut.
class output_reader {
public:
  using clock = std::chrono::steady_clock;

  /// @returns an `ec::system_error` when descriptors are exhausted.
  static caf::expected<std::unique_ptr<output_reader>> make(line_callback take);

  output_reader(const output_reader&) = delete;
  output_reader& operator=(const output_reader&) = delete;

  /// Takes what is in the pipes without waiting for more, then ends.
  ~output_reader();

  /// Reads a pipe to its end, which ends the last line. Thread safe.
  /// @returns an `ec::system_error`, and the pipe is closed.
  caf::error add(std::string process, pid_t pid, output_stream stream,
                 file_descriptor pipe);

  /// Takes what is in the pipes by now, and returns when it has been taken:
  /// after a second at most. Thread safe.
  void flush();

  /// How many pipes are open. Thread safe.
  size_t count() const;

private:
  struct source {
    file_descriptor pipe;
    output_line line;
    /// The last byte was a `\r`: a `\n` now belongs to it.
    bool returned = false;
    /// A part of the line has been shown.
    bool shown = false;
    /// A part of a UTF-8 sequence has been waited for already.
    bool patient = false;
    /// When the silence is long enough.
    clock::time_point silent_at{};
  };

  output_reader(line_callback take, wake_event wake);

  void run();

  /// For `epoll_wait`: -1 when no line waits for its end.
  int timeout() const;

  /// Shows the lines whose end has not come in time.
  void check_silence();

  void on_wake();

  /// Reads every pipe until it is empty.
  void drain();

  std::vector<source*> open_sources() const;

  /// Reads a pipe once.
  /// @returns how many bytes; 0 at the end, -1 when there is nothing now.
  ssize_t read_some(source& from);

  void take(source& from, std::string_view bytes);

  /// Delivers a line that has ended.
  void end_line(source& from);

  /// Delivers a line whose end has not come, but for the beginning of a
  /// character.
  void show(source& from);

  void deliver(source& from);

  /// Delivers what is left of a pipe that has ended, and closes it.
  void close(source& from);

  line_callback take_;
  file_descriptor epoll_;
  /// Written to make the thread look at what is asked of it.
  wake_event wake_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  uint64_t flushes_asked_ = 0;
  uint64_t flushes_done_ = 0;
  std::condition_variable flushed_;
  /// By descriptor. The thread alone removes, and what it points to stays
  /// where it is.
  std::unordered_map<int, std::unique_ptr<source>> sources_;
  /// Those with a line that has not ended; the thread's own.
  std::unordered_set<source*> unfinished_;
  std::thread thread_;
};

} // namespace rr
