// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/watched_child.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "bridges/launcher/launcher.h"
#include "bridges/process/child_watcher.hpp"
#include "bridges/process/launch_failure.hpp"
#include "bridges/process/launcher_words.hpp"
#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// A launcher that makes a namespace has said so after a millisecond. Less than
/// the thread may be silent: a start that hangs fails, and the robot goes on.
constexpr int launcher_patience_ms = 600;

/// The pipes of one start; which are there depends on where output goes.
struct launch_pipes {
  pipe_ends launch;
  pipe_ends output;
  pipe_ends error;
};

caf::error open_pipes(launch_pipes& pipes, process_output output) {
  std::vector<pipe_ends*> wanted{&pipes.launch};
  if (output == process_output::log)
    wanted.insert(wanted.end(), {&pipes.output, &pipes.error});
  for (auto target : wanted) {
    auto made = make_pipe();
    if (!made)
      return made.error();
    *target = std::move(*made);
  }
  return {};
}

spawn_request make_request(const launch_context& context,
                           process_settings& settings, const enclosure& inside,
                           bool bound_memory, const launch_pipes& pipes) {
  spawn_request result;
  result.program = context.launcher;
  auto add = [&result](auto words) {
    std::move(words.begin(), words.end(), std::back_inserter(result.arguments));
  };
  result.arguments = {"robot-runtime-launcher", "child"};
  add(launcher_words(settings, context.descriptor_limit, bound_memory));
  add(inside.launcher_words());
  result.arguments.emplace_back("--");
  add(std::move(settings.command));
  std::ranges::remove_copy_if(settings.environment,
                              std::back_inserter(result.environment),
                              is_process_cookie);
  result.environment.push_back(context.cookie);
  auto none = settings.output == process_output::null ? null_device : -1;
  auto output = pipes.output.write ? pipes.output.write.get() : none;
  auto error = pipes.error.write ? pipes.error.write.get() : none;
  result.descriptors = {null_device, output, error, pipes.launch.write.get()};
  if (inside.tether() >= 0)
    result.descriptors.push_back(inside.tether());
  return result;
}

/// glibc's `waitid` does not tell what a process has used.
rusage reap_process(pid_t pid) noexcept {
  siginfo_t info{};
  rusage result{};
  ::syscall(SYS_waitid, P_PID, pid, &info, WEXITED, &result);
  return result;
}

std::chrono::nanoseconds processor_time(const rusage& used) noexcept {
  auto of = [](const timeval& x) {
    return std::chrono::seconds{x.tv_sec}
           + std::chrono::microseconds{x.tv_usec};
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

caf::error read_output(watched_child& child, output_reader& reader,
                       launch_pipes& pipes) {
  if (!pipes.output.read)
    return {};
  if (auto failed = reader.add(child.name, child.pid,
                               output_stream::standard_output,
                               std::move(pipes.output.read)))
    return failed;
  return reader.add(child.name, child.pid, output_stream::standard_error,
                    std::move(pipes.error.read));
}

} // namespace

std::string search_path_of(const shared_strings& environment) {
  for (std::string_view entry : environment)
    if (entry.starts_with("PATH="))
      return std::string{entry.substr(5)};
  return "/bin:/usr/bin";
}

caf::expected<std::unique_ptr<watched_child>>
watched_child::launch(const launch_context& context, process_settings settings,
                      std::unique_ptr<enclosure> inside) {
  auto child = std::make_unique<watched_child>();
  child->name = std::move(settings.name);
  child->program = settings.command.at(0);
  child->directory = settings.directory;
  child->limits = settings.limits;
  child->search_path = search_path_of(settings.environment);
  child->inside = std::move(inside);
  child->raises_emergency = settings.raises_emergency;
  launch_pipes pipes;
  if (auto failed = open_pipes(pipes, settings.output))
    return start_failure(child->name, failed);
  ::fcntl(pipes.launch.read.get(), F_SETFL, O_NONBLOCK);
  auto bound_memory = settings.limits.memory_max > 0;
  if (bound_memory) {
    auto bound = child->inside->bound_memory(settings.limits.memory_max);
    if (!bound)
      return start_failure(child->name, bound.error());
    bound_memory = !*bound;
  }
  auto pid = spawn(make_request(context, settings, *child->inside, bound_memory,
                                pipes),
                   context.low);
  if (!pid)
    return pid.error();
  child->pid = *pid;
  child->slot = context.cord.add(*pid);
  child->launch_pipe = std::move(pipes.launch.read);
  pipes.launch.write.reset();
  auto failed = child->slot ? child->enter_namespace(context.cord)
                            : start_failure(child->name, "too many processes");
  if (failed) {
    child->abandon(context.cord);
    return failed;
  }
  auto process = open_process(child->pid);
  if (!process) {
    child->abandon(context.cord);
    return start_failure(child->name, process.error());
  }
  child->process = std::move(*process);
  if (auto unread = read_output(*child, context.reader, pipes)) {
    child->failure = start_failure(child->name, unread);
    child->doomed = true;
    child->kill();
  }
  return child;
}

caf::error watched_child::enter_namespace(stop_cord& cord) {
  if (inside->tether() < 0)
    return caf::none;
  union {
    rr_launch_failure failure;
    rr_launch_members members;
  } said{};
  auto heard = pollfd{launch_pipe.get(), POLLIN, 0};
  while (::poll(&heard, 1, launcher_patience_ms) < 0 && errno == EINTR)
    continue;
  auto count = ::read(launch_pipe.get(), &said, sizeof(said));
  if (count == sizeof(said.failure))
    return launch_error(*this, said.failure);
  if (count != sizeof(said.members))
    return start_failure(name, count == 0 ? "the launcher has ended"
                                          : "the launcher does not answer");
  // A group of its own: a pull in between finds it in the one or, as it is put
  // on the list, in the other.
  pid = said.members.program;
  // Process 1 stays in the launcher's: as long as somebody is in a group, its
  // number is taken, and a namespace does not end before its numbers are free.
  ::setpgid(pid, pid);
  auto launcher_slot = std::exchange(slot, cord.add(pid));
  cord.remove(*launcher_slot);
  // Its end is not waited for: it is reaped as the orphans are.
  if (!slot)
    return start_failure(name, "too many processes");
  auto failed = inside->admit(said.members.first);
  return failed ? start_failure(name, failed) : caf::error{};
}

std::string watched_child::limit_reached() const {
  if (limits.memory_max == 0 || !inside->reached_memory())
    return {};
  return "memory limit of " + std::to_string(limits.memory_max)
         + " bytes reached";
}

void watched_child::abandon(stop_cord& cord) noexcept {
  kill();
  if (slot)
    cord.remove(*slot);
  reap();
}

bool watched_child::read_launch() noexcept {
  if (launch_said_)
    return true;
  rr_launch_failure why{};
  auto count = ::read(launch_pipe.get(), &why, sizeof(why));
  if (count < 0 && (errno == EAGAIN || errno == EINTR))
    return false;
  if (count == sizeof(why))
    launch_failure = why;
  launch_said_ = true;
  return true;
}

bool watched_child::has_executed() const {
  auto folder = "/proc/" + std::to_string(pid);
  char target;
  // Of one that is dead nothing is known but its name.
  if (::readlink((folder + "/exe").c_str(), &target, 1) >= 0 || errno != ENOENT)
    return true;
  std::ifstream file{folder + "/comm"};
  std::string last_name;
  return !std::getline(file, last_name) || last_name != RR_LAUNCHER_NAME;
}

void watched_child::take_launch_failure() {
  if (launch_failure && !failure)
    failure = launch_error(*this, *launch_failure);
}

bool watched_child::look(bool stopped) noexcept {
  if (end)
    return true;
  siginfo_t info{};
  auto descriptor = static_cast<id_t>(process.get());
  auto failed = ::waitid(P_PIDFD, descriptor, &info,
                         WEXITED | WNOWAIT | WNOHANG);
  // Somebody else has reaped it: the kernel, where SIGCHLD is ignored, or a
  // library that waits for any child.
  lost_ = failed != 0 && errno == ECHILD;
  if (!lost_ && (failed != 0 || info.si_pid == 0))
    return false;
  auto cause = sent_.load();
  if (cause == ended_by::itself && stopped)
    cause = ended_by::terminate;
  auto code = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
  end = child_end{lost_ ? unknown_exit_code : code, cause,
                  !lost_ && info.si_code == CLD_DUMPED};
  return true;
}

bool watched_child::has_ended() const noexcept {
  siginfo_t info{};
  return reaped
         || ::waitid(P_PID, static_cast<id_t>(pid), &info,
                     WEXITED | WNOWAIT | WNOHANG)
              != 0
         || info.si_pid != 0;
}

void watched_child::terminate() noexcept {
  if (reaped)
    return;
  auto by_itself = ended_by::itself;
  sent_.compare_exchange_strong(by_itself, ended_by::terminate);
  stop_cord::signal_group(pid, SIGTERM);
  stop_cord::signal_group(pid, SIGCONT);
}

void watched_child::kill_group() noexcept {
  if (reaped)
    return;
  note_kill();
  stop_cord::signal_group(pid, SIGKILL);
}

void watched_child::kill() noexcept {
  kill_group();
  inside->kill();
}

void watched_child::reap() noexcept {
  // Once it has been reaped its number may be another's.
  if (!lost_) {
    ::kill(-pid, SIGKILL);
    auto used = reap_process(pid);
    if (end) {
      end->cpu = processor_time(used);
      end->max_resident_kib = static_cast<uint64_t>(used.ru_maxrss);
    }
  }
  reaped = true;
}

} // namespace rr
