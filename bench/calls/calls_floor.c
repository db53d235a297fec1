// SPDX-License-Identifier: BSD-3-Clause
// The exchange of one remote call on raw DEALER sockets, with the same bytes:
//
//   bench-calls-floor service ADDRESS
//   bench-calls-floor client ADDRESS OUTSTANDING COUNT WARM-UP
//
// Both end with their standard input. The client prints `warm` after the
// warm-up, and one line of JSON after the last answer.
#include "bench/measure.h"
#include "bench/sockets.h"

// [0, 305419896, "echo", ["0123456789abcdef"]] and its response.
static const char request[] = "\x84\x00\x1a\x12\x34\x56\x78\x64"
                              "echo\x81\x70"
                              "0123456789abcdef";
static const char response[] = "\x84\x01\x1a\x12\x34\x56\x78\xf6\x70"
                               "0123456789abcdef";

static void serve(void* socket) {
  zmq_pollitem_t polled[] = {{socket, 0, ZMQ_POLLIN, 0},
                             {NULL, 0, ZMQ_POLLIN, 0}};
  char peer[256];
  char payload[256];
  for (;;) {
    check(zmq_poll(polled, 2, -1), "poll");
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

static void ask(void* socket) {
  zmq_send(socket, "bench-service", 13, ZMQ_SNDMORE);
  check(zmq_send(socket, request, sizeof request - 1, 0), "send");
}

static void await(void* socket) {
  char payload[256];
  check(zmq_recv(socket, payload, sizeof payload, 0), "receive");
  check(zmq_recv(socket, payload, sizeof payload, 0), "receive");
}

/// Round trips are only measured one at a time.
static void call(void* socket, size_t outstanding, size_t count,
                 int64_t* trips) {
  size_t sent = 0;
  for (; sent < outstanding && sent < count; ++sent) {
    trips[sent] = now_ns();
    ask(socket);
  }
  for (size_t received = 0; received < count; ++received) {
    await(socket);
    trips[received] = now_ns() - trips[received];
    if (sent < count) {
      trips[sent] = now_ns();
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
    void* socket = connect_dealer(context, "bench-service", argv[2]);
    serve(socket);
    zmq_close(socket);
  } else if (argc == 6) {
    void* socket = connect_dealer(context, "bench-client", argv[2]);
    set_number(socket, ZMQ_RCVTIMEO, 5000);
    size_t outstanding = strtoul(argv[3], NULL, 10);
    size_t count = strtoul(argv[4], NULL, 10);
    size_t warm_up = strtoul(argv[5], NULL, 10);
    int64_t* trips = calloc(count > warm_up ? count : warm_up, sizeof *trips);
    call(socket, outstanding, warm_up, trips);
    puts("warm");
    fflush(stdout);
    int64_t start = now_ns();
    call(socket, outstanding, count, trips);
    double spent = (double) (now_ns() - start) / 1e9;
    sort_times(trips, count);
    printf("{\"p50_us\": %.2f, \"p99_us\": %.2f, \"per_second\": %.0f}\n",
           permille_us(trips, count, 500), permille_us(trips, count, 990),
           (double) count / spent);
    fflush(stdout);
    free(trips);
    while (getchar() != EOF) {
    }
    zmq_close(socket);
  } else {
    return 2;
  }
  zmq_ctx_term(context);
  return 0;
}
