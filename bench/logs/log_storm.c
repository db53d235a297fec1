/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Publishers and readers of log events for a real runtime, on libzmq alone.
 *
 *   bench-log-storm publish BACKEND NUMBER RATE EVENTS
 *     Source NUMBER: EVENTS events of 200 bytes, RATE a second on average,
 *     after a line on standard input; and a last one, which shows by its number
 * what of the others was lost. It could be lost itself, and then nothing would
 * show what is missing at the end: it is said every 100 ms, under the same
 *     number, until standard input ends. Prints how long a send took, in
 *     microseconds: p50, p99.9, and the longest; for how many seconds the
 *     events were sent; and how many sends took longer than a millisecond.
 *
 *   bench-log-storm read FRONTEND SOURCES EVENTS
 *     Reads until it has the last event of each of SOURCES sources. Prints
 *     events delivered, events missing by the gaps in their numbers, and
 *     events that came twice or out of their order.
 *
 *   bench-log-storm stall FRONTEND SOURCES EVENTS
 *     Subscribes, and does not read before a line on standard input; then the
 *     same.
 *
 * Readers and the stalled one print `ready` when they are connected.
 */
#include <poll.h>
#include <unistd.h>

#include "bench/logs/arrivals.h"
#include "bench/sockets.h"

enum { max_sources = 256, event_size = 200 };

static size_t put_text(unsigned char* out, const char* text, size_t size) {
  size_t head = 1;
  if (size < 24) {
    out[0] = (unsigned char) (0x60 | size);
  } else {
    out[0] = 0x78;
    out[1] = (unsigned char) size;
    head = 2;
  }
  memcpy(out + head, text, size);
  return head + size;
}

static size_t put_pair(unsigned char* out, const char* key, const char* value) {
  size_t size = put_text(out, key, strlen(key));
  return size + put_text(out + size, value, strlen(value));
}

/* The CBOR of [2, "info", [event]]; the last eight bytes are `seq`. */
static size_t make_event(unsigned char* out, int source) {
  char name[32];
  char text[64];
  snprintf(name, sizeof name, "storm-%03d", source);
  memset(text, 'x', sizeof text);
  text[63] = 0;
  size_t at = 0;
  out[at++] = 0x83;
  out[at++] = 0x02;
  at += put_text(out + at, "info", 4);
  out[at++] = 0x81;
  out[at++] = 0xa7;
  at += put_pair(out + at, "event", "a storm of events");
  at += put_pair(out + at, "level", "info");
  at += put_pair(out + at, "timestamp", "2024-05-01T09:30:00.000125Z");
  at += put_pair(out + at, "app", "storm");
  at += put_pair(out + at, "text", text + 63 - (event_size - at - 42));
  at += put_pair(out + at, "source", name);
  at += put_text(out + at, "seq", 3);
  out[at++] = 0x1b;
  return at + 8;
}

static void put_seq(unsigned char* event, size_t size, uint64_t seq) {
  for (int i = 0; i < 8; ++i)
    event[size - 1 - (size_t) i] = (unsigned char) (seq >> (8 * i));
}

static int64_t publish_one(void* socket, unsigned char* event, size_t size,
                           uint64_t seq) {
  put_seq(event, size, seq);
  int64_t begin = now_ns();
  check(zmq_send(socket, "info", 4, ZMQ_SNDMORE), "send");
  check(zmq_send(socket, event, size, 0), "send");
  return now_ns() - begin;
}

static int run_publisher(const char* backend, int source, double rate,
                         long events) {
  void* context = zmq_ctx_new();
  void* socket = connect_socket(context, ZMQ_PUB, 1000, NULL, backend);
  unsigned char event[512];
  size_t size = make_event(event, source);
  char go[16];
  if (fgets(go, sizeof go, stdin) == NULL)
    return 1;
  int64_t* times = malloc((size_t) events * sizeof *times);
  srand48(source);
  int64_t begin = now_ns();
  int64_t due = begin;
  for (long i = 0; i < events; ++i) {
    due += next_pause(rate);
    sleep_until(due);
    times[i] = publish_one(socket, event, size, (uint64_t) i + 1);
  }
  print_sends(times, (size_t) events, now_ns() - begin);
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  do
    publish_one(socket, event, size, (uint64_t) events + 1);
  while (poll(&input, 1, 100) == 0);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}

struct account {
  uint64_t last[max_sources];
  /* The number of each source's last event. */
  uint64_t end;
  int open_sources;
  uint64_t delivered;
  uint64_t missed;
  uint64_t disordered;
};

static void note(struct account* all, int source, uint64_t seq) {
  uint64_t* last = &all->last[source];
  if (*last == all->end)
    return;
  if (seq <= *last) {
    ++all->disordered;
    return;
  }
  /* What comes after the end tells only that the end was missed. */
  if (seq <= all->end)
    ++all->delivered;
  else
    ++all->missed;
  if (seq > all->end)
    seq = all->end;
  all->missed += seq - *last - 1;
  *last = seq;
  if (seq == all->end)
    --all->open_sources;
}

/* The number after `seq`, which every event ends with. */
static uint64_t seq_of(const unsigned char* at, const unsigned char* end) {
  static const int sizes[] = {1, 2, 4, 8};
  int head = at < end ? *at : 0xff;
  if (head < 24)
    return (uint64_t) head;
  if (head > 27 || end - at < 1 + sizes[head - 24])
    return 0;
  uint64_t result = 0;
  for (int i = 1; i <= sizes[head - 24]; ++i)
    result = result << 8 | at[i];
  return result;
}

/* Of events from `make_event`, and from bench-log-publisher. */
static void count_event(zmq_msg_t* frame, struct account* all) {
  const unsigned char* bytes = zmq_msg_data(frame);
  size_t size = zmq_msg_size(frame);
  static const char mark[] = "storm-";
  static const char key[] = "\x63seq";
  const char* name = memmem(bytes, size, mark, sizeof mark - 1);
  const unsigned char* number = memmem(bytes, size, key, sizeof key - 1);
  if (name == NULL || number == NULL || name + 9 > (const char*) bytes + size)
    return;
  int source = atoi((char[4]){name[6], name[7], name[8], 0});
  uint64_t seq = seq_of(number + 4, bytes + size);
  if (source < max_sources)
    note(all, source, seq);
}

static int run_reader(const char* frontend, int sources, long events,
                      int stalls) {
  static struct account all;
  all.end = (uint64_t) events + 1;
  all.open_sources = sources;
  void* context = zmq_ctx_new();
  void* socket = connect_socket(context, ZMQ_SUB, stalls ? 1000 : 100000,
                                "info", frontend);
  puts("ready");
  fflush(stdout);
  char go[16];
  if (stalls && fgets(go, sizeof go, stdin) == NULL)
    return 1;
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  while (all.open_sources > 0) {
    check(zmq_msg_recv(&frame, socket, 0), "receive");
    if (!zmq_msg_more(&frame))
      count_event(&frame, &all);
  }
  printf("%ju %ju %ju\n", (uintmax_t) all.delivered, (uintmax_t) all.missed,
         (uintmax_t) all.disordered);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 6 && strcmp(argv[1], "publish") == 0)
    return run_publisher(argv[2], atoi(argv[3]), atof(argv[4]), atol(argv[5]));
  if (argc == 5 && strcmp(argv[1], "read") == 0)
    return run_reader(argv[2], atoi(argv[3]), atol(argv[4]), 0);
  if (argc == 5 && strcmp(argv[1], "stall") == 0)
    return run_reader(argv[2], atoi(argv[3]), atol(argv[4]), 1);
  fprintf(stderr, "usage: publish BACKEND NUMBER RATE EVENTS | "
                  "read|stall FRONTEND SOURCES EVENTS\n");
  return 2;
}
