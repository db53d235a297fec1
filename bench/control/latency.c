// SPDX-License-Identifier: BSD-3-Clause
// From a control packet that is sent to its value in shared memory, or from
// the last one to a neutral gamepad:
//
//   latency ours PORT COUNT
//     of gamepad:0 of the prefix in RR_DEVICE_PREFIX
//   latency floor PORT COUNT FILE
//     of the datagram in the file, as `floor` copies it
//   latency silence PORT COUNT TIMEOUT
//     ours; seconds of `control.timeout`
//
// Prints the median, the 99th of a hundred and the longest, in microseconds.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/control/loopback.h"
#include "bench/measure.h"
#include "bridges/c/robot_runtime_buffers.h"

// [2, "update_gamepads", [{"0": {"ly": <double>, "lx": 0, "btn": 5}}]]
static char packet[] = "\x83\x02\x6fupdate_gamepads\x81\xa1\x61"
                       "0\xa3\x62ly\xfb"
                       "01234567\x62lx\x00\x63"
                       "btn\x05";
enum { value_at = 27, packet_size = sizeof packet - 1 };

static struct rr_buffer* gamepad;
static volatile const char* copied;

static void put_value(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 8; ++i)
    packet[value_at + i] = (char) (bits >> (56 - 8 * i));
}

static int is_visible(double value) {
  if (gamepad != NULL) {
    float seen = 0;
    rr_buffer_get(gamepad, "joystick_left_y", &seen, sizeof seen, NULL);
    return seen == (float) value;
  }
  for (int i = 0; i < 8; ++i)
    if (copied[value_at + i] != packet[value_at + i])
      return 0;
  return 1;
}

static void fail(const char* what) {
  fprintf(stderr, "latency: %s\n", what);
  exit(1);
}

static int64_t visible_after(int out, double value) {
  put_value(value);
  int64_t begin = now_ns();
  if (send(out, packet, packet_size, 0) != packet_size)
    fail("cannot send");
  while (!is_visible(value))
    if (now_ns() - begin > 2000000000)
      fail("a packet was not obeyed");
  return now_ns() - begin;
}

static void wait_until(int connected) {
  int64_t begin = now_ns();
  while (rr_buffer_connected(gamepad) != connected) {
    if (now_ns() - begin > 5000000000)
      fail("the gamepad does not change");
    usleep(50);
  }
}

static int64_t neutral_after(int out, int64_t timeout) {
  put_value(0);
  int64_t begin = now_ns();
  if (send(out, packet, packet_size, 0) != packet_size)
    fail("cannot send");
  wait_until(1);
  wait_until(0);
  return now_ns() - begin - timeout;
}

int main(int argc, char** argv) {
  if (argc < 4)
    return 2;
  int silence = strcmp(argv[1], "silence") == 0;
  int floor = strcmp(argv[1], "floor") == 0;
  if ((silence || floor) && argc != 5)
    return 2;
  int out = connect_loopback(argv[2]);
  if (out < 0)
    fail("cannot connect");
  if (floor) {
    int file = open(argv[4], O_RDONLY);
    copied = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    if (file < 0 || copied == MAP_FAILED)
      fail("no shared file");
  } else {
    // The first packet makes the buffer.
    put_value(0);
    struct rr_buffer_error error;
    int64_t begin = now_ns();
    do {
      send(out, packet, packet_size, 0);
      usleep(10000);
    } while (rr_buffer_open("gamepad", "0", NULL, &gamepad, &error) < 0
             && now_ns() - begin < 5000000000);
    if (gamepad == NULL)
      fail(error.text);
  }
  if (silence) {
    // With all cores busy, it is not the wait of this program that counts.
    setpriority(PRIO_PROCESS, 0, -20);
    wait_until(0);
  }
  size_t count = strtoul(argv[3], NULL, 10);
  int64_t* times = calloc(count, sizeof *times);
  for (size_t i = 0; i < count; ++i) {
    if (silence) {
      times[i] = neutral_after(out, (int64_t) (atof(argv[4]) * 1e9));
      continue;
    }
    usleep((useconds_t) (500 + i * 37 % 1000));
    times[i] = visible_after(out, 0.2 + (double) (i % 1000) / 2000);
  }
  sort_times(times, count);
  printf("%.1f %.1f %.1f\n", permille_us(times, count, 500),
         permille_us(times, count, 990), permille_us(times, count, 1000));
  return 0;
}
