// SPDX-License-Identifier: BSD-3-Clause
// Times the buffers beside the floor in one process, by turns: floor, ours,
// floor again. Prints one line for each figure: name, unit, medians of the
// three, and for what has no floor 0. See bench_buffers.py.
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

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
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
  std::vector<double> first, mine, second;
  for (int i = 0; i < rounds; ++i) {
    first.push_back(mean_time(calls, floor));
    mine.push_back(mean_time(calls, ours));
    second.push_back(mean_time(calls, floor));
  }
  std::printf("%s ns %.2f %.2f %.2f\n", what, median(first), median(mine),
              median(second));
}

/// Each call by itself, less what the clock takes: p50, p99 and the worst.
template <class F>
void distribute(const char* what, size_t calls, F f) {
  std::vector<double> times;
  for (size_t i = 0; i < calls; ++i)
    times.push_back(mean_time(1, f));
  std::vector<double> clock;
  for (size_t i = 0; i < 1000; ++i)
    clock.push_back(mean_time(1, [] {}));
  std::sort(times.begin(), times.end());
  auto at = [&](double share) {
    auto index = static_cast<size_t>(static_cast<double>(calls - 1) * share);
    return std::max(0.0, times[index] - median(clock));
  };
  std::printf("%s p50/p99/worst-ns %.0f %.0f %.0f\n", what, at(0.5), at(0.99),
              at(1));
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
  auto writer = start_writer(write_floor);
  distribute("snapshot-floor-under-writer", 200'000, read_floor);
  stop(writer);
  writer = start_writer(write);
  distribute("snapshot-under-writer", 200'000, read);
  stop(writer);
  std::vector<shared_buffer::pointer> all;
  for (uint64_t i = 0; i < 64; ++i)
    all.push_back(must(shared_buffer::create(name_of(i), eight_floats())));
  distribute("64-devices", 20'000, [&] {
    for (auto& each : all)
      each->read_values(buffer_block::update,
                        reinterpret_cast<std::byte*>(out));
  });
  auto path = segment_path(to_string(name_of(1)));
  distribute("open-floor", 2'000, [&] { floor_map(path.c_str()); });
  distribute("open", 2'000, [] { must(shared_buffer::open(name_of(1))); });
  distribute("open-floor-again", 2'000, [&] { floor_map(path.c_str()); });
}

} // namespace

int main(int argc, char** argv) {
  prefix = "bench" + std::to_string(::getpid());
  floor_open();
  measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 301);
  remove_buffers(prefix);
}
