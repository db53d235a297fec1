/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The load on a router, on libzmq alone.
 *
 *   bench-router-load echo BACKEND
 *     A service, identity `echo`: sends back what it gets. Ends with its
 *     standard input.
 *
 *   bench-router-load call FRONTEND CLIENTS OUTSTANDING BYTES CALLS
 *     That many client sockets, OUTSTANDING calls on the way among all of them,
 *     until CALLS of them have been answered. A tenth as many come first, to
 *     warm up. Prints calls per second, and the round trip's p50 and p99 in
 *     microseconds.
 *
 *   bench-router-load crowd FRONTEND CLIENTS
 *     That many client sockets, each of which has had an answer of the service
 *     and then does nothing. Prints `ready`; ends with its standard input.
 */
#include <sys/resource.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/sockets.h"

enum { max_clients = 256, probe_pause_us = 50000 };

static int run_echo(const char* backend) {
  void* context = zmq_ctx_new();
  void* socket = connect_dealer(context, "echo", backend);
  zmq_pollitem_t items[] = {{socket, 0, ZMQ_POLLIN, 0},
                            {NULL, STDIN_FILENO, ZMQ_POLLIN, 0}};
  zmq_msg_t client;
  zmq_msg_t payload;
  zmq_msg_init(&client);
  zmq_msg_init(&payload);
  while (items[1].revents == 0) {
    check(zmq_poll(items, 2, -1), "poll");
    while (zmq_msg_recv(&client, socket, ZMQ_DONTWAIT) >= 0) {
      check(zmq_msg_recv(&payload, socket, ZMQ_DONTWAIT), "recv");
      check(zmq_msg_send(&client, socket, ZMQ_SNDMORE), "send");
      check(zmq_msg_send(&payload, socket, 0), "send");
    }
  }
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}

struct load {
  int clients;
  size_t bytes;
  zmq_pollitem_t items[max_clients];
  char payload[65536];
  int64_t* round_trips;
};

/* The time of the call is in the payload. */
static void call(struct load* load, int client) {
  void* socket = load->items[client].socket;
  int64_t now = now_ns();
  memcpy(load->payload, &now, sizeof now);
  check(zmq_send(socket, "echo", 4, ZMQ_SNDMORE), "send");
  check(zmq_send(socket, load->payload, load->bytes, 0), "send");
}

/* Takes answers until `calls` are in, and keeps `outstanding` on the way. */
static void exchange(struct load* load, long outstanding, long calls) {
  long sent = 0;
  long answered = 0;
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  for (; sent < outstanding && sent < calls; ++sent)
    call(load, (int) (sent % load->clients));
  while (answered < calls) {
    int ready = zmq_poll(load->items, load->clients, 10000);
    check(ready, "poll");
    if (ready == 0) {
      fprintf(stderr, "no answer: %ld of %ld lost\n", sent - answered, sent);
      exit(1);
    }
    for (int i = 0; i < load->clients; ++i) {
      if (load->items[i].revents == 0)
        continue;
      while (zmq_msg_recv(&frame, load->items[i].socket, ZMQ_DONTWAIT) >= 0) {
        if (zmq_msg_more(&frame))
          continue;
        int64_t begin;
        memcpy(&begin, zmq_msg_data(&frame), sizeof begin);
        load->round_trips[answered++] = now_ns() - begin;
        if (sent < calls) {
          call(load, i);
          ++sent;
        }
      }
    }
  }
  zmq_msg_close(&frame);
}

static int run_calls(const char* frontend, int clients, long outstanding,
                     size_t bytes, long calls) {
  static struct load load;
  if (clients < 1 || clients > max_clients || bytes < sizeof(int64_t)
      || bytes > sizeof load.payload || calls < 100)
    return 2;
  void* context = zmq_ctx_new();
  load.clients = clients;
  load.bytes = bytes;
  load.round_trips = malloc((size_t) calls * sizeof(int64_t));
  for (int i = 0; i < clients; ++i) {
    char identity[32];
    /* Another at each run: the floor ignores one that it thinks it has. */
    snprintf(identity, sizeof identity, "client-%d-%d", (int) getpid(), i);
    load.items[i].socket = connect_dealer(context, identity, frontend);
    load.items[i].events = ZMQ_POLLIN;
  }
  usleep(probe_pause_us);
  exchange(&load, outstanding, calls / 10);
  int64_t begin = now_ns();
  exchange(&load, outstanding, calls);
  double spent = (double) (now_ns() - begin) / 1e9;
  sort_times(load.round_trips, (size_t) calls);
  printf("%.0f %.2f %.2f\n", (double) calls / spent,
         permille_us(load.round_trips, (size_t) calls, 500),
         permille_us(load.round_trips, (size_t) calls, 990));
  for (int i = 0; i < clients; ++i)
    zmq_close(load.items[i].socket);
  zmq_ctx_term(context);
  return 0;
}

/* How many connect at once: as many as any listener lets wait. */
enum { crowd_step = 50 };

static void* join_crowd(void* context, const char* frontend, int number) {
  char identity[32];
  snprintf(identity, sizeof identity, "crowd-%d-%d", (int) getpid(), number);
  return connect_dealer(context, identity, frontend);
}

/* Asks until it is answered: the service may not be there yet. */
static void await_answer(void* socket) {
  zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
  int attempts = 0;
  do {
    if (++attempts > 300) {
      fprintf(stderr, "no answer: the crowd is not complete\n");
      exit(1);
    }
    check(zmq_send(socket, "echo", 4, ZMQ_SNDMORE), "send");
    check(zmq_send(socket, "here", 4, 0), "send");
  } while (zmq_poll(&item, 1, 100) != 1);
}

static int run_crowd(const char* frontend, int clients) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  void* context = zmq_ctx_new();
  check(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, clients + 16), "sockets");
  void** sockets = malloc((size_t) clients * sizeof *sockets);
  for (int first = 0; first < clients; first += crowd_step) {
    int end = first + crowd_step < clients ? first + crowd_step : clients;
    for (int i = first; i < end; ++i)
      sockets[i] = join_crowd(context, frontend, i);
    for (int i = first; i < end; ++i)
      await_answer(sockets[i]);
  }
  puts("ready");
  fflush(stdout);
  char unused;
  while (read(STDIN_FILENO, &unused, 1) > 0) {
  }
  /* The sockets go with the process. */
  free(sockets);
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "crowd") == 0 && atoi(argv[3]) > 0)
    return run_crowd(argv[2], atoi(argv[3]));
  if (argc == 3 && strcmp(argv[1], "echo") == 0)
    return run_echo(argv[2]);
  if (argc == 7 && strcmp(argv[1], "call") == 0)
    return run_calls(argv[2], atoi(argv[3]), atol(argv[4]),
                     (size_t) atol(argv[5]), atol(argv[6]));
  fprintf(stderr,
          "usage: echo BACKEND | crowd FRONTEND CLIENTS | call FRONTEND "
          "CLIENTS OUTSTANDING BYTES CALLS\n");
  return 2;
}
