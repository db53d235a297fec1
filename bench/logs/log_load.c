/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The load on a log forwarder, on libzmq alone, as a closed loop:
 *
 *   bench-log-load FRONTEND BACKEND READERS OUTSTANDING BYTES EVENTS
 *
 * One publisher and so many readers; an event is done when the last reader has
 * it, and OUTSTANDING of them are on the way until EVENTS are done. A tenth as
 * many come first, to warm up. Prints events per second. A reader that misses
 * one ends it all with an error.
 */
#include "bench/measure.h"
#include "bench/sockets.h"

enum { max_readers = 128, max_bytes = 65536, queue = 100000 };

struct load {
  void* publisher;
  size_t bytes;
  int readers;
  zmq_pollitem_t items[max_readers];
  /* The number that each reader expects next. */
  uint64_t next[max_readers];
  uint64_t sent;
};

static char payload[max_bytes];

static void publish(struct load* load) {
  memcpy(payload, &load->sent, sizeof load->sent);
  ++load->sent;
  check(zmq_send(load->publisher, "info", 4, ZMQ_SNDMORE), "send");
  check(zmq_send(load->publisher, payload, load->bytes, 0), "send");
}

/* Takes what has come; returns whether anything has. */
static int receive(struct load* load, int reader, zmq_msg_t* frame) {
  int any = 0;
  while (zmq_msg_recv(frame, load->items[reader].socket, ZMQ_DONTWAIT) >= 0) {
    if (zmq_msg_more(frame))
      continue;
    uint64_t number;
    memcpy(&number, zmq_msg_data(frame), sizeof number);
    if (number != load->next[reader] && load->next[reader] != 0) {
      fprintf(stderr, "reader %d has lost events\n", reader);
      exit(1);
    }
    load->next[reader] = number + 1;
    any = 1;
  }
  return any;
}

static uint64_t done(const struct load* load) {
  uint64_t result = UINT64_MAX;
  for (int i = 0; i < load->readers; ++i)
    if (load->next[i] < result)
      result = load->next[i];
  return result;
}

/* Publishes until every reader gets what is published. */
static void meet(struct load* load, zmq_msg_t* frame) {
  while (done(load) == 0 || done(load) != load->sent) {
    if (done(load) == 0)
      publish(load);
    check(zmq_poll(load->items, load->readers, 10), "poll");
    for (int i = 0; i < load->readers; ++i)
      receive(load, i, frame);
  }
}

static void exchange(struct load* load, uint64_t outstanding, uint64_t events,
                     zmq_msg_t* frame) {
  uint64_t end = load->sent + events;
  while (done(load) < end) {
    while (load->sent < end && load->sent - done(load) < outstanding)
      publish(load);
    if (zmq_poll(load->items, load->readers, 10000) <= 0) {
      fprintf(stderr, "nothing arrives\n");
      exit(1);
    }
    for (int i = 0; i < load->readers; ++i)
      if (load->items[i].revents != 0)
        receive(load, i, frame);
  }
}

int main(int argc, char** argv) {
  static struct load load;
  if (argc != 7)
    return 2;
  load.readers = atoi(argv[3]);
  load.bytes = (size_t) atol(argv[5]);
  uint64_t outstanding = strtoull(argv[4], NULL, 10);
  uint64_t events = strtoull(argv[6], NULL, 10);
  if (load.readers < 1 || load.readers > max_readers || load.bytes < 8
      || load.bytes > max_bytes || outstanding < 1)
    return 2;
  void* context = zmq_ctx_new();
  load.publisher = connect_socket(context, ZMQ_PUB, queue, NULL, argv[2]);
  for (int i = 0; i < load.readers; ++i) {
    load.items[i].socket = connect_socket(context, ZMQ_SUB, queue, "info",
                                          argv[1]);
    load.items[i].events = ZMQ_POLLIN;
  }
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  meet(&load, &frame);
  exchange(&load, outstanding, events / 10, &frame);
  int64_t begin = now_ns();
  exchange(&load, outstanding, events, &frame);
  printf("%.0f\n", (double) events * 1e9 / (double) (now_ns() - begin));
  zmq_msg_close(&frame);
  for (int i = 0; i < load.readers; ++i)
    zmq_close(load.items[i].socket);
  zmq_close(load.publisher);
  zmq_ctx_term(context);
  return 0;
}
