// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/output_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/epoll.h>
#include <utility>

#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

/// What a full pipe holds: the most that one pipe gets read before the others
/// have their turn.
constexpr size_t turn = 65536;

constexpr auto flush_patience = std::chrono::seconds{1};

/// What is kept of either end of a line that is too long.
constexpr size_t half_line = max_output_line / 2;

bool ends_line(char c) noexcept {
  return c == '\n' || c == '\r';
}

/// Keeps both ends of a line that is too long.
void cut_middle(output_line& line) {
  line.dropped += line.text.size() - max_output_line;
  line.text.erase(half_line, line.text.size() - max_output_line);
}

/// Cuts no earlier than it must, so that a long line costs little.
void append(output_line& line, std::string_view part) {
  while (!part.empty()) {
    auto room = 2 * max_output_line - line.text.size();
    line.text += part.substr(0, room);
    part.remove_prefix(std::min(room, part.size()));
    if (line.text.size() == 2 * max_output_line)
      cut_middle(line);
  }
}

/// Makes a long line what is shown of it.
void close_gap(output_line& line) {
  if (line.text.size() > max_output_line)
    cut_middle(line);
  if (line.dropped == 0)
    return;
  auto text = std::string_view{line.text};
  auto head = text.substr(0, half_line);
  head.remove_suffix(unfinished_utf8(head));
  auto tail = text.substr(half_line);
  tail.remove_prefix(utf8_rest(tail));
  line.dropped += text.size() - head.size() - tail.size();
  line.text = std::string{head}.append(output_gap).append(tail);
}

} // namespace

const char* to_string(output_stream stream) noexcept {
  return stream == output_stream::standard_output ? "stdout" : "stderr";
}

caf::expected<std::unique_ptr<output_reader>>
output_reader::make(line_callback take) {
  auto what = "cannot read the output of processes";
  auto wake = wake_event::make();
  if (!wake)
    return std::move(wake.error());
  std::unique_ptr<output_reader> result{
    new output_reader(std::move(take), std::move(*wake))};
  auto fd = result->wake_.descriptor();
  auto event = epoll_event{EPOLLIN, {.fd = fd}};
  result->epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!result->epoll_
      || ::epoll_ctl(result->epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return system_error(what, errno);
  if (auto err = start_thread(result->thread_, "rr-output", what,
                              [self = result.get()] { self->run(); }))
    return err;
  return result;
}

output_reader::output_reader(line_callback take, wake_event wake)
  : take_(std::move(take)),
    wake_(std::move(wake)) {
}

output_reader::~output_reader() {
  if (!thread_.joinable())
    return;
  stopping_ = true;
  wake_.signal();
  thread_.join();
}

void output_reader::flush() {
  std::unique_lock guard{mutex_};
  auto mine = ++flushes_asked_;
  wake_.signal();
  flushed_.wait_for(guard, flush_patience,
                    [&] { return flushes_done_ >= mine; });
}

caf::error output_reader::add(std::string process, pid_t pid,
                              output_stream stream, file_descriptor pipe) {
  auto fd = pipe.get();
  auto flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
    return system_error("cannot read the output of " + process, errno);
  auto entry = std::make_unique<source>();
  entry->pipe = std::move(pipe);
  entry->line = {std::move(process), pid, stream, {}, 0};
  std::lock_guard guard{mutex_};
  auto event = epoll_event{EPOLLIN, {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return system_error("cannot read the output of " + entry->line.process,
                        errno);
  sources_.emplace(fd, std::move(entry));
  return {};
}

size_t output_reader::count() const {
  std::lock_guard guard{mutex_};
  return sources_.size();
}

void output_reader::run() {
  std::array<epoll_event, 64> events;
  while (!stopping_) {
    auto count = ::epoll_wait(epoll_.get(), events.data(), events.size(),
                              timeout());
    auto woken = false;
    for (int i = 0; i < count; ++i) {
      auto fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == wake_.descriptor()) {
        woken = true;
        continue;
      }
      std::unique_lock guard{mutex_};
      auto& from = *sources_.at(fd);
      guard.unlock();
      if (read_some(from) == 0)
        close(from);
    }
    // Both may close pipes that stand in the same batch, so they come last.
    check_silence();
    if (woken)
      on_wake();
  }
  drain();
  for (auto from : open_sources())
    close(*from);
}

int output_reader::timeout() const {
  if (unfinished_.empty())
    return -1;
  auto first = clock::time_point::max();
  for (auto from : unfinished_)
    first = std::min(first, from->silent_at);
  auto left
    = std::chrono::ceil<std::chrono::milliseconds>(first - clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

void output_reader::check_silence() {
  if (unfinished_.empty())
    return;
  auto now = clock::now();
  std::vector<source*> silent;
  for (auto from : unfinished_)
    if (from->silent_at <= now)
      silent.push_back(from);
  for (auto from : silent) {
    // It may have written while this thread did not run.
    auto count = read_some(*from);
    if (count == 0)
      close(*from);
    else if (count < 0)
      show(*from);
  }
}

void output_reader::on_wake() {
  wake_.clear();
  std::unique_lock guard{mutex_};
  auto asked = flushes_asked_;
  guard.unlock();
  drain();
  guard.lock();
  flushes_done_ = asked;
  flushed_.notify_all();
}

void output_reader::drain() {
  for (auto from : open_sources()) {
    // Bounded: a pipe holds a turn, and whoever writes on meanwhile waits.
    auto turns = 0;
    ssize_t count = 1;
    while (count > 0 && ++turns <= 16)
      count = read_some(*from);
    if (count == 0)
      close(*from);
  }
}

std::vector<output_reader::source*> output_reader::open_sources() const {
  std::lock_guard guard{mutex_};
  std::vector<source*> result;
  for (auto& [fd, from] : sources_)
    result.push_back(from.get());
  return result;
}

ssize_t output_reader::read_some(source& from) {
  std::array<char, turn> buffer;
  auto count = ::read(from.pipe.get(), buffer.data(), buffer.size());
  if (count > 0)
    take(from, {buffer.data(), static_cast<size_t>(count)});
  else if (count < 0 && errno != EAGAIN && errno != EINTR)
    return 0;
  return count;
}

void output_reader::take(source& from, std::string_view bytes) {
  if (std::exchange(from.returned, false) && bytes.front() == '\n')
    bytes.remove_prefix(1);
  while (!bytes.empty()) {
    auto stop = std::find_if(bytes.begin(), bytes.end(), ends_line);
    auto length = static_cast<size_t>(stop - bytes.begin());
    append(from.line, bytes.substr(0, length));
    bytes.remove_prefix(length);
    if (bytes.empty())
      break;
    end_line(from);
    auto is_pair = bytes.starts_with("\r\n");
    from.returned = bytes == "\r";
    bytes.remove_prefix(is_pair ? 2 : 1);
  }
  if (from.line.text.empty()) {
    unfinished_.erase(&from);
    return;
  }
  from.patient = false;
  from.silent_at = clock::now() + output_silence;
  unfinished_.insert(&from);
}

void output_reader::end_line(source& from) {
  // Of a line that has been shown already only its end may come.
  if (!std::exchange(from.shown, false) || !from.line.text.empty())
    deliver(from);
}

void output_reader::show(source& from) {
  auto& text = from.line.text;
  auto kept = std::exchange(from.patient, true) ? 0 : unfinished_utf8(text);
  auto rest = text.substr(text.size() - kept);
  text.erase(text.size() - kept);
  if (!text.empty()) {
    deliver(from);
    from.shown = true;
  }
  if (rest.empty()) {
    unfinished_.erase(&from);
    return;
  }
  text = std::move(rest);
  from.silent_at = clock::now() + output_silence;
}

void output_reader::deliver(source& from) {
  close_gap(from.line);
  take_(from.line);
  from.line.text.clear();
  from.line.dropped = 0;
}

void output_reader::close(source& from) {
  if (!from.line.text.empty())
    deliver(from);
  unfinished_.erase(&from);
  auto fd = from.pipe.get();
  // A process that is being started may hold a copy for a moment.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  std::lock_guard guard{mutex_};
  sources_.erase(fd);
}

} // namespace rr
