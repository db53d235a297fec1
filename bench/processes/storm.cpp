// SPDX-License-Identifier: BSD-3-Clause

// usage: storm KIND STORM CROWD
//
// One emergency, in a small runtime of the watcher and the stop cord alone: a
// hundred children sleep, one exits with code 255. Prints, in nanoseconds, the
// time from its last instruction to the last signal to whoever was there.
//
// KIND   `cookie` or `automatic`: how what children start is found
// STORM  how many children are being started meanwhile, half of which end at
//        once, so that it is looked for what they have left
// CROWD  how many processes a child has started and left before: where they are
//        found by a cookie, all of them are looked at each time

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <random>
#include <string>

#include "bench/measure.h"
#include "bridges/process/child_watcher.hpp"
#include "messages/error.hpp"

namespace {

using namespace rr;

constexpr int sleepers = 100;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "storm: %s\n", what.c_str());
  std::exit(1);
}

/// Two numbers in a file: whether to exit, and when that was.
struct board {
  std::atomic<int64_t> go;
  std::atomic<int64_t> time;
};

board* open_board(const char* path) {
  auto fd = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ::ftruncate(fd, sizeof(board)) != 0)
    die(path);
  auto memory = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_POPULATE, fd, 0);
  if (memory == MAP_FAILED)
    die(path);
  return static_cast<board*>(memory);
}

/// A child: waits on a pipe for its turn, then exits with the code.
int be_trigger(const char* path, const char* fifo) {
  auto shared = open_board(path);
  auto fd = ::open(fifo, O_RDONLY | O_CLOEXEC);
  char unused;
  while (::read(fd, &unused, 1) < 0)
    continue;
  shared->time = now_ns();
  ::_exit(255);
}

/// A child: leaves processes that have no parent, says so, and sleeps.
int be_crowd(int count) {
  for (int i = 0; i < count; i += 100)
    if (auto pid = ::fork(); pid == 0) {
      for (int j = 0; j < 100 && i + j < count; ++j)
        if (::fork() == 0) {
          ::setsid();
          for (;;)
            ::pause();
        }
      ::_exit(0);
    } else if (pid > 0) {
      ::waitpid(pid, nullptr, 0);
    }
  std::puts("crowd");
  std::fflush(stdout);
  for (;;)
    ::pause();
}

// What the thread that pulls has done.
std::atomic<pid_t> puller{0};
std::atomic<int64_t> last_signal{0};

void signal_in_time(pid_t group, int signal) noexcept {
  stop_cord::signal_group(group, signal);
  // Whoever joins the pulled cord is signalled by another thread.
  if (signal != SIGKILL && puller == ::gettid())
    last_signal = now_ns();
}

class counter {
public:
  void add() {
    std::lock_guard guard{mutex_};
    ++count_;
    changed_.notify_all();
  }

  void wait_for(int wanted) {
    std::unique_lock guard{mutex_};
    if (!changed_.wait_for(guard, std::chrono::minutes{5},
                           [&] { return count_ >= wanted; }))
      die("timed out");
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

process_settings settings_of(const std::string& name,
                             std::vector<std::string> command) {
  process_settings result;
  result.name = name;
  result.command = std::move(command);
  result.output = name == "crowd" ? process_output::log : process_output::null;
  return result;
}

int64_t measure(containment_kind kind, int storm, int crowd,
                const std::string& self, const std::string& folder) {
  auto path = folder + "/board";
  auto fifo = folder + "/fifo";
  auto shared = open_board(path.c_str());
  if (::mkfifo(fifo.c_str(), 0600) != 0)
    die(fifo);
  stop_cord cord{4096, signal_in_time};
  cord.at_first([](const stop_cause_view&) { puller = ::gettid(); });
  counter pulled, started, gathered;
  cord.observe([&](const stop_cord_pulled&) { pulled.add(); });
  child_watcher_settings how;
  how.containment = kind;
  auto watcher = child_watcher::make(how, cord, [&](const output_line& line) {
    if (line.text == "crowd")
      gathered.add();
  });
  if (!watcher)
    die(describe(watcher.error()));
  std::vector<std::unique_ptr<child_process>> children;
  auto start = [&](process_settings settings) {
    child_listener listener;
    listener.started = [&](const process_started&) { started.add(); };
    children.push_back((*watcher)->start(std::move(settings), listener));
  };
  if (crowd > 0) {
    start(settings_of("crowd", {self, "crowd", std::to_string(crowd)}));
    gathered.wait_for(1);
  }
  for (int i = 0; i < sleepers; ++i)
    start(settings_of("sleeper", {"/bin/sleep", "1000"}));
  start(settings_of("trigger", {self, "trigger", path, fifo}));
  // Blocks until the trigger waits.
  auto end = ::open(fifo.c_str(), O_WRONLY | O_CLOEXEC);
  started.wait_for(sleepers + 1 + (crowd > 0 ? 1 : 0));
  std::mt19937 random{std::random_device{}()};
  for (int i = 0; i < storm; ++i)
    start(i % 2 == 0 ? settings_of("storm", {"/bin/true"})
                     : settings_of("storm", {"/bin/sleep", "1000"}));
  // Somewhere in the first 100 ms of the storm.
  std::uniform_int_distribution<useconds_t> moment{2'000, 100'000};
  ::usleep(storm > 0 ? moment(random) : 300'000);
  ::close(end);
  pulled.wait_for(1);
  auto result = last_signal - shared->time;
  children.clear();
  watcher->reset();
  return result;
}

} // namespace

int main(int argc, char** argv) {
  std::string what = argc > 1 ? argv[1] : "";
  if (what == "trigger" && argc == 4)
    return be_trigger(argv[2], argv[3]);
  if (what == "crowd" && argc == 3)
    return be_crowd(std::atoi(argv[2]));
  if (argc != 4 || (what != "cookie" && what != "automatic"))
    return 2;
  auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  auto pattern
    = (std::filesystem::temp_directory_path() / "rr-storm-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    die("cannot make a folder");
  auto kind = what == "cookie" ? containment_kind::cookie
                               : containment_kind::automatic;
  auto result = measure(kind, std::atoi(argv[2]), std::atoi(argv[3]), self,
                        pattern);
  std::filesystem::remove_all(pattern);
  std::printf("%lld\n", static_cast<long long>(result));
  return result > 0 ? 0 : 1;
}
