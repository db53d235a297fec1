// SPDX-License-Identifier: BSD-3-Clause

// By LD_PRELOAD: has the runtime tell once a second, in the file that HEAP_USE
// names, how many bytes it has of the C library's allocator, and how many that
// one keeps free for it. What is kept is resident, and no leak.

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void* tell(void* file) {
  const struct timespec second = {1, 0};
  for (;;) {
    struct mallinfo2 all = mallinfo2();
    char text[64];
    // As long each time: a reader has the old one or the new one, whole.
    int size = snprintf(text, sizeof(text), "%20zu %20zu\n",
                        all.uordblks + all.hblkhd, all.fordblks);
    if (pwrite((int) (long) file, text, (size_t) size, 0) != size)
      return NULL;
    nanosleep(&second, NULL);
  }
}

__attribute__((constructor)) static void begin(void) {
  // Another program starts it.
  if (strcmp(program_invocation_short_name, "robot-runtime") != 0)
    return;
  const char* name = getenv("HEAP_USE");
  int file = name ? open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  // Its children are not asked.
  unsetenv("HEAP_USE");
  unsetenv("LD_PRELOAD");
  if (file < 0)
    return;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, NULL, tell, (void*) (long) file) == 0)
    pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}
