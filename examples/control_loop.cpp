// SPDX-License-Identifier: BSD-3-Clause

// A robot's control loop: 50 times a second it gives the motor what others have
// requested of it, and tells them what its sensors see. Motor and sensor are
// buffers in shared memory; what they stand for here is a rover before a wall,
// in memory only. Once a second it prints how punctual it was. SIGTERM or
// SIGINT ends it, with the motor off and exit code 0. Without a catalog of
// devices (RR_DEVICE_CATALOG) it has no motor.

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bridges/c/robot_runtime_buffers.h"

namespace {

using namespace std::chrono_literals;

using clock_type = std::chrono::steady_clock;

constexpr auto period = 20ms;

/// How late the steps of one second were.
struct punctuality {
  int steps = 0;
  uint64_t missed = 0;
  std::chrono::nanoseconds sum{};
  std::chrono::nanoseconds worst{};

  void add(std::chrono::nanoseconds late) {
    ++steps;
    sum += late;
    worst = std::max(worst, late);
  }
};

double to_microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>{time}.count();
}

int fail(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
  return 1;
}

/// A timer that expires every period, from one period after `start` on.
int make_timer(clock_type::time_point start) {
  auto to_timespec = [](std::chrono::nanoseconds time) {
    return timespec{static_cast<time_t>(time / 1s),
                    static_cast<long>((time % 1s).count())};
  };
  auto fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (fd < 0)
    return -1;
  itimerspec when{to_timespec(period),
                  to_timespec(start.time_since_epoch() + period)};
  if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, nullptr) < 0)
    return -1;
  return fd;
}

/// Named in robot.ini.
constexpr auto left_motor = "0x1000000000000000001";
constexpr auto front_distance = "0x2000000000000000001";

/// Metres a second at a duty cycle of 1, and metres to the wall.
constexpr float top_speed = 0.5F;
constexpr float wall = 5.0F;

/// Where a robot's own work goes. Each step has to be done within one period.
class rover {
public:
  ~rover() {
    rr_buffer_close(motor_);
    rr_buffer_close(distance_);
  }

  /// @returns whether motor and sensor are there; prints why not.
  bool open() {
    return open("motor", left_motor, motor_)
           && open("distance-sensor", front_distance, distance_);
  }

  /// Asks each time what to do: while the robot is disabled, or nobody has
  /// requested anything, that is the motor's safe value, and so it is when the
  /// runtime is gone.
  void step() {
    float requested = 0;
    if (rr_buffer_requested(motor_, "duty_cycle", &requested, sizeof(requested),
                            nullptr)
        < 0)
      requested = 0; // the device has been closed: this motor is off then
    drive(requested);
    if (std::abs(requested - printed_) >= 0.1F
        || (requested == 0 && printed_ != 0)) {
      std::printf("motor at %.2f\n", static_cast<double>(requested));
      printed_ = requested;
    }
  }

  void stop() {
    drive(0);
  }

private:
  static bool open(const char* type, const char* uid, rr_buffer*& out) {
    rr_buffer_error error;
    auto code = rr_buffer_create(type, uid, nullptr, nullptr, &out, &error);
    if (code >= 0)
      code = rr_buffer_set_connected(out, 1, &error);
    if (code < 0)
      std::fprintf(stderr, "no %s: %s\n", type, error.text);
    return code >= 0;
  }

  void drive(float duty_cycle) {
    position_ += duty_cycle * top_speed
                 * std::chrono::duration<float>{period}.count();
    auto left = std::max(0.0F, wall - position_);
    std::array<rr_buffer_value, 2> values{
      {{"duty_cycle", &duty_cycle, sizeof(duty_cycle)},
       {"enc_pos", &position_, sizeof(position_)}}};
    // Others see both or neither.
    rr_buffer_set_many(motor_, values.data(), values.size(), nullptr);
    rr_buffer_set(distance_, "distance", &left, sizeof(left), nullptr);
  }

  rr_buffer* motor_ = nullptr;
  rr_buffer* distance_ = nullptr;
  float position_ = 0;
  /// For people, to the tenth.
  float printed_ = 0;
};

} // namespace

int main() {
  // A pipe is fully buffered unless told otherwise, and lines would come late.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  sigprocmask(SIG_BLOCK, &stop_signals, nullptr);
  auto signals = signalfd(-1, &stop_signals, SFD_CLOEXEC);
  if (signals < 0)
    return fail("cannot wait for signals");
  auto due = clock_type::now();
  auto timer = make_timer(due);
  if (timer < 0)
    return fail("cannot make a timer");
  rover robot;
  auto catalog = std::getenv("RR_DEVICE_CATALOG");
  auto has_robot = catalog != nullptr && *catalog != '\0';
  if (has_robot && !robot.open())
    return 1;
  std::printf("control loop at %d Hz\n", static_cast<int>(1s / period));
  std::array<pollfd, 2> waiting{{{timer, POLLIN, 0}, {signals, POLLIN, 0}}};
  punctuality second;
  for (;;) {
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR)
        continue;
      return fail("cannot wait for the next step");
    }
    if (waiting[1].revents != 0)
      break;
    uint64_t expired = 0;
    if (read(timer, &expired, sizeof(expired)) != sizeof(expired))
      return fail("cannot read the timer");
    due += static_cast<int64_t>(expired) * period;
    second.missed += expired - 1;
    second.add(clock_type::now() - due);
    if (has_robot)
      robot.step();
    if (second.steps == 1s / period) {
      std::printf("%d steps, late by %.0f us on average, %.0f us at worst, "
                  "%llu missed\n",
                  second.steps, to_microseconds(second.sum) / second.steps,
                  to_microseconds(second.worst),
                  static_cast<unsigned long long>(second.missed));
      second = {};
    }
  }
  if (has_robot) {
    // In an emergency the safe value, whatever was requested last.
    robot.step();
    robot.stop();
  }
  std::puts("motors off");
  return 0;
}
