// SPDX-License-Identifier: BSD-3-Clause

// Watches a battery, prints its voltage each second, and raises the emergency
// stop when the battery is about to fail: it exits with the code that the
// runtime gives it in RR_EMERGENCY_STOP_EXIT_CODE. Here the battery fails when
// told to:
//
//   --trip-file=FILE      once FILE exists
//   --trip-after=SECONDS  after that time
//   SIGUSR1               at once
//
// SIGTERM or SIGINT ends it with exit code 0.

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr int bad_usage = 2;
constexpr int reading_interval_ms = 20;

struct arguments {
  std::string trip_file;
  /// In seconds; none when negative.
  double trip_after = -1;
};

int fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  return 1;
}

bool parse(int argc, char** argv, arguments& result) {
  constexpr std::string_view trip_file = "--trip-file=";
  constexpr std::string_view trip_after = "--trip-after=";
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument.starts_with(trip_file) && argument.size() > trip_file.size()) {
      result.trip_file = argument.substr(trip_file.size());
    } else if (argument.starts_with(trip_after)) {
      auto text = argument.substr(trip_after.size());
      auto end = text.data() + text.size();
      auto [last, error] = std::from_chars(text.data(), end, result.trip_after);
      if (error != std::errc{} || last != end
          || !std::isfinite(result.trip_after) || result.trip_after < 0)
        return false;
    } else {
      return false;
    }
  }
  return true;
}

/// What to exit with to stop the whole robot.
int emergency_stop_code() {
  constexpr int fallback = 255;
  auto text = std::getenv("RR_EMERGENCY_STOP_EXIT_CODE");
  if (text == nullptr)
    return fallback;
  int code = fallback;
  auto end = text + std::strlen(text);
  auto [last, error] = std::from_chars(text, end, code);
  return error == std::errc{} && last == end ? code : fallback;
}

/// A timer that expires after `first` seconds, never if negative, and then
/// every `every` seconds if that is not zero.
int make_timer(double first, double every) {
  auto to_timespec = [](double seconds) {
    auto whole = std::floor(seconds);
    return timespec{static_cast<time_t>(whole),
                    static_cast<long>((seconds - whole) * 1e9)};
  };
  auto fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (fd < 0)
    return -1;
  // The kernel takes zero as never.
  if (first < 0)
    first = 0;
  else if (first < 1e-9)
    first = 1e-9;
  itimerspec when{to_timespec(every), to_timespec(first)};
  if (timerfd_settime(fd, 0, &when, nullptr) < 0)
    return -1;
  return fd;
}

bool exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

/// Whether its folder can be looked into.
bool can_see(const std::string& path) {
  auto slash = path.rfind('/');
  auto folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return access(folder.c_str(), X_OK) == 0;
}

int trip(const char* why) {
  std::fprintf(stderr, "battery failing (%s): emergency stop\n", why);
  return emergency_stop_code();
}

} // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  arguments args;
  if (!parse(argc, argv, args)) {
    std::fprintf(
      stderr, "usage: %s [--trip-file=FILE] [--trip-after=SECONDS]\n", argv[0]);
    return bad_usage;
  }
  sigset_t mask;
  sigemptyset(&mask);
  for (auto signal : {SIGTERM, SIGINT, SIGUSR1})
    sigaddset(&mask, signal);
  sigprocmask(SIG_BLOCK, &mask, nullptr);
  auto signals = signalfd(-1, &mask, SFD_CLOEXEC);
  auto second = make_timer(1, 1);
  auto end = make_timer(args.trip_after, 0);
  if (signals < 0 || second < 0 || end < 0)
    return fail("cannot wait for signals and timers");
  auto looks_for_file = !args.trip_file.empty();
  if (looks_for_file && !can_see(args.trip_file))
    return fail("cannot look for " + args.trip_file);
  std::array<pollfd, 3> waiting{
    {{signals, POLLIN, 0}, {end, POLLIN, 0}, {second, POLLIN, 0}}};
  auto voltage = 12.6;
  for (;;) {
    // As a sensor is read. An inotify watch would be the wrong tool: the kernel
    // takes down what is left of one before it tells anybody that this process
    // has ended, which would hold up the stop.
    if (looks_for_file && exists(args.trip_file))
      return trip("the trip file exists");
    auto timeout = looks_for_file ? reading_interval_ms : -1;
    if (poll(waiting.data(), waiting.size(), timeout) < 0) {
      if (errno == EINTR)
        continue;
      return fail("cannot wait for events");
    }
    if (waiting[0].revents != 0) {
      signalfd_siginfo info;
      if (read(signals, &info, sizeof(info)) != sizeof(info))
        return fail("cannot read a signal");
      if (info.ssi_signo == SIGUSR1)
        return trip("SIGUSR1");
      return 0;
    }
    if (waiting[1].revents != 0)
      return trip("the time is up");
    if (waiting[2].revents != 0) {
      uint64_t expired = 0;
      if (read(second, &expired, sizeof(expired)) != sizeof(expired))
        return fail("cannot read the timer");
      voltage = std::max(11.0, voltage - 0.002 * static_cast<double>(expired));
      std::printf("battery at %.2f V\n", voltage);
    }
  }
}
