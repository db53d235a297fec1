// SPDX-License-Identifier: BSD-3-Clause
// Times the buffers beside the floor in one process, by turns: floor, ours,
// floor again. Prints one line for each figure and round: its name, and the
// nanoseconds of the three, or of ours where there is no floor. See
// bench_buffers.py.
//
// usage: bench-buffers [ROUNDS]

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "bench/must.hpp"
#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "bridges/buffer/shared_buffer.hpp"

extern "C" {
void floor_open();
void floor_read(float* out);
void floor_write(const float* values);
void floor_lock();
void floor_map(const char* path);
void floor_hand_write(size_t index, const void* value, size_t size);
}

using namespace rr;

namespace {

using clock_type = std::chrono::steady_clock;

std::string prefix;

buffer_name name_of(uint64_t number) {
  return {prefix, {"eight", {0, 0, number}}};
}

device_type eight_floats() {
  device_type result;
  result.name = "eight";
  for (uint16_t i = 0; i < 8; ++i) {
    parameter next;
    next.id = i;
    next.name = "p" + std::to_string(i);
    next.type.scalar = scalar_type::float32;
    next.lower = -1.0;
    next.upper = 1.0;
    next.writeable = true;
    result.parameters.push_back(std::move(next));
  }
  return result;
}

/// Nanoseconds for one call, of many in a row.
template <class F>
double mean_time(size_t calls, F f) {
  auto start = clock_type::now();
  for (size_t i = 0; i < calls; ++i)
    f();
  std::chrono::duration<double, std::nano> time = clock_type::now() - start;
  return time.count() / static_cast<double>(calls);
}

template <class Floor, class Ours>
void compare(const char* what, int rounds, size_t calls, Floor floor,
             Ours ours) {
  for (int i = 0; i < rounds; ++i) {
    auto first = mean_time(calls, floor);
    auto mine = mean_time(calls, ours);
    std::printf("%s %.2f %.2f %.2f\n", what, first, mine,
                mean_time(calls, floor));
  }
}

/// Each call by itself, less what the clock takes: p50, p99 and the worst.
struct spread {
  double p50;
  double p99;
  double worst;
};

template <class F>
spread spread_of(size_t calls, F f) {
  std::vector<double> times, clock;
  for (size_t i = 0; i < calls; ++i)
    times.push_back(mean_time(1, f));
  for (size_t i = 0; i < 1000; ++i)
    clock.push_back(mean_time(1, [] {}));
  std::ranges::sort(times);
  std::ranges::sort(clock);
  auto at = [&](size_t percent) {
    return std::max(0.0, times[(calls - 1) * percent / 100] - clock[500]);
  };
  return {at(50), at(99), at(100)};
}

void print_spread(const char* what, const std::vector<spread>& turns) {
  auto print = [&](const char* part, double spread::*value) {
    std::printf("%s-%s", what, part);
    for (auto& each : turns)
      std::printf(" %.0f", each.*value);
    std::puts("");
  };
  print("p50", &spread::p50);
  print("p99", &spread::p99);
  print("worst", &spread::worst);
}

/// Another process that writes for ever.
template <class F>
pid_t start_writer(F write) {
  auto parent = ::getpid();
  auto pid = ::fork();
  if (pid != 0)
    return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(1);
  for (;;)
    write();
}

void stop(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

void measure(int rounds) {
  auto buffer = must(shared_buffer::create(name_of(0), eight_floats()));
  float out[8] = {};
  float value = 0.5;
  auto read = [&] {
    auto* bytes = reinterpret_cast<std::byte*>(out);
    if (buffer->read_values(buffer_block::update, bytes) != ec::none)
      std::exit(1);
    asm volatile("" : : "r"(out) : "memory");
  };
  auto read_floor = [&] {
    floor_read(out);
    asm volatile("" : : "r"(out) : "memory");
  };
  auto write = [&] {
    auto bytes = std::as_bytes(std::span{&value, 1});
    if (!buffer->store_bytes(buffer_block::update, 3, bytes))
      std::exit(1);
  };
  auto write_floor = [&] { floor_write(out); };
  compare("snapshot", rounds, 10'000, read_floor, read);
  compare("write", rounds, 1'000, floor_lock, write);
  compare("request", rounds, 1'000, floor_lock, [&] {
    auto bytes = std::as_bytes(std::span{&value, 1});
    if (!buffer->store_bytes(buffer_block::write, 3, bytes))
      std::exit(1);
  });
  auto robot = must(robot_state::make_private());
  robot->enable();
  compare("requested", rounds, 1'000, read_floor, [&] {
    auto bytes = std::as_writable_bytes(std::span{out}.first(1));
    if (buffer->requested_bytes(3, bytes, *robot))
      std::exit(1);
  });
  compare("hand-write", rounds, 1'000, floor_lock,
          [&] { floor_hand_write(3, &value, sizeof(value)); });
  auto beside_writer = [](auto other, auto own) {
    auto writer = start_writer(other);
    auto result = spread_of(200'000, own);
    stop(writer);
    return result;
  };
  print_spread("snapshot-under-writer",
               {beside_writer(write_floor, read_floor),
                beside_writer(write, read),
                beside_writer(write_floor, read_floor)});
  std::vector<shared_buffer::pointer> all;
  for (uint64_t i = 0; i < 64; ++i)
    all.push_back(must(shared_buffer::create(name_of(i), eight_floats())));
  print_spread("64-devices", {spread_of(20'000, [&] {
                 for (auto& each : all)
                   each->read_values(buffer_block::update,
                                     reinterpret_cast<std::byte*>(out));
               })});
  auto path = segment_path(to_string(name_of(1)));
  auto open_floor = [&] {
    return spread_of(2'000, [&] { floor_map(path.c_str()); });
  };
  auto first = open_floor();
  auto ours = spread_of(2'000, [] { must(shared_buffer::open(name_of(1))); });
  print_spread("open", {first, ours, open_floor()});
}

} // namespace

int main(int argc, char** argv) {
  prefix = "bench" + std::to_string(::getpid());
  floor_open();
  measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 301);
  remove_buffers(prefix);
}
