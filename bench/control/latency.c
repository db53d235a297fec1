// SPDX-License-Identifier: BSD-3-Clause
// From a control packet that is sent to its value in shared memory, or from
// the last one to a neutral gamepad:
//
//   latency ours PORT COUNT        gamepad:0 of the prefix in RR_DEVICE_PREFIX
//   latency floor PORT COUNT FILE  the datagram in the file, as `floor` copies
//   it latency silence PORT COUNT TIMEOUT  ours, seconds of `control.timeout`
//
// Prints the median, the 99th of a hundred and the longest, in microseconds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bridges/c/robot_runtime_buffers.h"

// [2, "update_gamepads", [{"0": {"ly": <double>, "lx": 0, "btn": 5}}]]
static char packet[] = "\x83\x02\x6fupdate_gamepads\x81\xa1\x61"
                       "0\xa3\x62ly\xfb"
                       "01234567\x62lx\x00\x63"
                       "btn\x05";
enum { value_at = 27, packet_size = sizeof packet - 1 };

static struct rr_buffer* gamepad;
static volatile const char* copied;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

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
  int64_t begin = now();
  if (send(out, packet, packet_size, 0) != packet_size)
    fail("cannot send");
  while (!is_visible(value))
    if (now() - begin > 2000000000)
      fail("a packet was not obeyed");
  return now() - begin;
}

static void wait_until(int connected) {
  int64_t begin = now();
  while (rr_buffer_connected(gamepad) != connected) {
    if (now() - begin > 5000000000)
      fail("the gamepad does not change");
    usleep(50);
  }
}

static int64_t neutral_after(int out, int64_t timeout) {
  put_value(0);
  int64_t begin = now();
  if (send(out, packet, packet_size, 0) != packet_size)
    fail("cannot send");
  wait_until(1);
  wait_until(0);
  return now() - begin - timeout;
}

static int ascending(const void* x, const void* y) {
  int64_t a = *(const int64_t*) x;
  int64_t b = *(const int64_t*) y;
  return (a > b) - (a < b);
}

int main(int argc, char** argv) {
  if (argc < 4)
    return 2;
  int silence = strcmp(argv[1], "silence") == 0;
  int floor = strcmp(argv[1], "floor") == 0;
  if ((silence || floor) && argc != 5)
    return 2;
  struct sockaddr_in to = {.sin_family = AF_INET};
  to.sin_port = htons((uint16_t) atoi(argv[2]));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int out = socket(AF_INET, SOCK_DGRAM, 0);
  if (connect(out, (struct sockaddr*) &to, sizeof to) != 0)
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
    int64_t begin = now();
    do {
      send(out, packet, packet_size, 0);
      usleep(10000);
    } while (rr_buffer_open("gamepad", "0", NULL, &gamepad, &error) < 0
             && now() - begin < 5000000000);
    if (gamepad == NULL)
      fail(error.text);
  }
  if (silence) {
    // With all cores busy, it is not the wait of this program that counts.
    setpriority(PRIO_PROCESS, 0, -20);
    wait_until(0);
  }
  long count = atol(argv[3]);
  int64_t* times = calloc((size_t) count, sizeof *times);
  for (long i = 0; i < count; ++i) {
    if (silence) {
      times[i] = neutral_after(out, (int64_t) (atof(argv[4]) * 1e9));
      continue;
    }
    usleep((useconds_t) (500 + i * 37 % 1000));
    times[i] = visible_after(out, 0.2 + (double) (i % 1000) / 2000);
  }
  qsort(times, (size_t) count, sizeof *times, ascending);
  printf("%.1f %.1f %.1f\n", (double) times[count / 2] / 1e3,
         (double) times[count * 99 / 100] / 1e3,
         (double) times[count - 1] / 1e3);
  return 0;
}
