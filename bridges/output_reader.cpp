// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/output_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "bridges/quiet_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// What a full pipe holds: the most that one pipe gets read before the others
/// have their turn.
constexpr size_t turn = 65536;

constexpr auto flush_patience = std::chrono::seconds{1};

} // namespace

const char* to_string(output_stream stream) noexcept {
  return stream == output_stream::standard_output ? "stdout" : "stderr";
}

caf::expected<std::unique_ptr<output_reader>>
output_reader::make(line_callback take) {
  std::unique_ptr<output_reader> result{new output_reader(std::move(take))};
  result->epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  result->wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  auto event = epoll_event{EPOLLIN, {.fd = result->wake_.get()}};
  if (!result->epoll_ || !result->wake_
      || ::epoll_ctl(result->epoll_.get(), EPOLL_CTL_ADD, result->wake_.get(),
                     &event)
           != 0)
    return system_error("cannot read the output of processes", errno);
  auto reader = result.get();
  result->thread_ = quiet_thread([reader] { reader->run(); });
  return result;
}

output_reader::output_reader(line_callback take) : take_(std::move(take)) {
}

output_reader::~output_reader() {
  if (!thread_.joinable())
    return;
  stopping_ = true;
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void output_reader::flush() {
  std::unique_lock guard{mutex_};
  auto mine = ++flushes_asked_;
  ::eventfd_write(wake_.get(), 1);
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
    auto count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    auto woken = false;
    for (int i = 0; i < count; ++i) {
      auto fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == wake_.get()) {
        woken = true;
        continue;
      }
      std::unique_lock guard{mutex_};
      auto& from = *sources_.at(fd);
      guard.unlock();
      if (read_some(from) == 0)
        close(from);
    }
    // It may close pipes that stand in the same batch, so it comes last.
    if (woken)
      on_wake();
  }
  drain();
  for (auto from : open_sources())
    close(*from);
}

void output_reader::on_wake() {
  eventfd_t ignored;
  ::eventfd_read(wake_.get(), &ignored);
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
    take(from, buffer.data(), buffer.data() + count);
  else if (count < 0 && errno != EAGAIN && errno != EINTR)
    return 0;
  return count;
}

void output_reader::take(source& from, const char* begin, const char* end) {
  while (begin != end) {
    auto stop = std::find(begin, end, '\n');
    auto length = static_cast<size_t>(stop - begin);
    auto& line = from.line;
    auto kept = std::min(length, max_output_line - line.text.size());
    line.text.append(begin, kept);
    line.dropped += length - kept;
    if (stop == end)
      return;
    deliver(from);
    begin = stop + 1;
  }
}

void output_reader::deliver(source& from) {
  take_(from.line);
  from.line.text.clear();
  from.line.dropped = 0;
}

void output_reader::close(source& from) {
  if (!from.line.text.empty() || from.line.dropped > 0)
    deliver(from);
  auto fd = from.pipe.get();
  // A process that is being started may hold a copy for a moment.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  std::lock_guard guard{mutex_};
  sources_.erase(fd);
}

} // namespace rr
