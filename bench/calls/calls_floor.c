// SPDX-License-Identifier: BSD-3-Clause
// The exchange of one remote call on raw DEALER sockets, with the same bytes:
//
//   bench-calls-floor service ADDRESS
//   bench-calls-floor client ADDRESS OUTSTANDING COUNT WARM-UP
//
// The service ends with its standard input. The client prints one line of
// JSON.
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

// [0, 305419896, "echo", ["0123456789abcdef"]] and its response.
static const char request[] = "\x84\x00\x1a\x12\x34\x56\x78\x64"
                              "echo\x81\x70"
                              "0123456789abcdef";
static const char response[] = "\x84\x01\x1a\x12\x34\x56\x78\xf6\x70"
                               "0123456789abcdef";

static void fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  exit(1);
}

static void* open_socket(void* context, const char* name, const char* address) {
  void* result = zmq_socket(context, ZMQ_DEALER);
  int on = 1;
  int none = 0;
  int patience = 5000;
  zmq_setsockopt(result, ZMQ_PROBE_ROUTER, &on, sizeof on);
  zmq_setsockopt(result, ZMQ_LINGER, &none, sizeof none);
  zmq_setsockopt(result, ZMQ_RCVTIMEO, &patience, sizeof patience);
  zmq_setsockopt(result, ZMQ_ROUTING_ID, name, strlen(name));
  if (zmq_connect(result, address) != 0)
    fail(address);
  return result;
}

static void serve(void* socket) {
  zmq_pollitem_t polled[] = {{socket, 0, ZMQ_POLLIN, 0},
                             {NULL, 0, ZMQ_POLLIN, 0}};
  char peer[256];
  char payload[256];
  for (;;) {
    if (zmq_poll(polled, 2, -1) < 0)
      fail("poll");
    if (polled[1].revents != 0)
      return;
    for (;;) {
      int size = zmq_recv(socket, peer, sizeof peer, ZMQ_DONTWAIT);
      if (size < 0)
        break;
      if (zmq_recv(socket, payload, sizeof payload, ZMQ_DONTWAIT) < 0)
        continue;
      zmq_send(socket, peer, (size_t) size, ZMQ_SNDMORE);
      zmq_send(socket, response, sizeof response - 1, 0);
    }
  }
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t) time.tv_sec * 1000000000u + (uint64_t) time.tv_nsec;
}

static void ask(void* socket) {
  zmq_send(socket, "bench-service", 13, ZMQ_SNDMORE);
  if (zmq_send(socket, request, sizeof request - 1, 0) < 0)
    fail("send");
}

static void await(void* socket) {
  char payload[256];
  if (zmq_recv(socket, payload, sizeof payload, 0) < 0
      || zmq_recv(socket, payload, sizeof payload, 0) < 0)
    fail("receive");
}

static int ascending(const void* lhs, const void* rhs) {
  uint64_t x = *(const uint64_t*) lhs;
  uint64_t y = *(const uint64_t*) rhs;
  return (x > y) - (x < y);
}

/// Round trips are only measured one at a time.
static void call(void* socket, size_t outstanding, size_t count,
                 uint64_t* trips) {
  size_t sent = 0;
  for (; sent < outstanding && sent < count; ++sent) {
    trips[sent] = now();
    ask(socket);
  }
  for (size_t received = 0; received < count; ++received) {
    await(socket);
    trips[received] = now() - trips[received];
    if (sent < count) {
      trips[sent] = now();
      ask(socket);
      ++sent;
    }
  }
}

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  void* context = zmq_ctx_new();
  if (strcmp(argv[1], "service") == 0) {
    void* socket = open_socket(context, "bench-service", argv[2]);
    serve(socket);
    zmq_close(socket);
  } else if (argc == 6) {
    void* socket = open_socket(context, "bench-client", argv[2]);
    size_t outstanding = strtoul(argv[3], NULL, 10);
    size_t count = strtoul(argv[4], NULL, 10);
    size_t warm_up = strtoul(argv[5], NULL, 10);
    uint64_t* trips = calloc(count > warm_up ? count : warm_up, sizeof *trips);
    call(socket, outstanding, warm_up, trips);
    uint64_t start = now();
    call(socket, outstanding, count, trips);
    double seconds = (double) (now() - start) / 1e9;
    qsort(trips, count, sizeof *trips, ascending);
    printf("{\"p50_us\": %.2f, \"p99_us\": %.2f, \"per_second\": %.0f}\n",
           (double) trips[count / 2] / 1e3,
           (double) trips[count * 99 / 100] / 1e3, (double) count / seconds);
    free(trips);
    zmq_close(socket);
  } else {
    return 2;
  }
  zmq_ctx_term(context);
  return 0;
}
