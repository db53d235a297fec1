// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/watched_child.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bridges/launcher/launcher.h"
#include "bridges/process/child_watcher.hpp"
#include "bridges/process/process_surroundings.hpp"
#include "bridges/process/program_file.hpp"
#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

caf::error start_failure(std::string text) {
  return caf::make_error(ec::start_failed, std::move(text));
}

caf::error start_failure(const std::string& name, const caf::error& why) {
  return start_failure("cannot start " + name + ": " + describe(why));
}

/// Why the kernel did not execute a program: its error, where that says all, or
/// what is wrong with the file.
std::string execution_fault(const watched_child& child, int error) {
  if (error == ETXTBSY)
    return "it is being written: " + error_text(error);
  auto fault = inspect_program(child.program, child.directory,
                               child.search_path);
  auto says_less = [&](std::string_view text) {
    return fault.text.starts_with(text);
  };
  if (fault && !says_less("does not exist") && !says_less("is not executable")
      && !says_less("is in no directory of PATH"))
    return "it " + fault.text;
  if (error == ENOEXEC)
    return "it is in no format that this system executes: " + error_text(error);
  return error_text(error);
}

caf::error start_failure(const watched_child& child,
                         const rr_launch_failure& why) {
  auto cause = ": " + error_text(why.error);
  switch (why.step) {
    case rr_step_parent:
      return start_failure("cannot bind " + child.name + " to the runtime"
                           + cause);
    case rr_step_group:
      return start_failure("cannot enter the control group of " + child.name
                           + cause);
    case rr_step_directory:
      return start_failure("cannot change directory to " + child.directory
                           + cause);
    case rr_step_limit:
      return start_failure("cannot set the limits of " + child.name + cause);
    default:
      return start_failure("cannot execute " + child.program + ": "
                           + execution_fault(child, why.error));
  }
}

/// The `PATH` of an environment, or what `execvp` takes where there is none.
std::string search_path_of(const std::vector<std::string>& environment) {
  for (std::string_view entry : environment)
    if (entry.starts_with("PATH="))
      return std::string{entry.substr(5)};
  return "/bin:/usr/bin";
}

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

/// What the launcher sets, `RESOURCE:SOFT:HARD` each.
std::string limits_for(const launch_context& context) {
  auto limits = inherited().limits;
  if (context.descriptor_limit)
    limits.push_back({RLIMIT_NOFILE, *context.descriptor_limit, RLIM_INFINITY});
  std::string result;
  for (const auto& x : limits)
    result += (result.empty() ? "" : ",") + std::to_string(x.resource) + ':'
              + std::to_string(x.soft) + ':' + std::to_string(x.hard);
  return result;
}

std::string umask_for_children() {
  auto mask = inherited().umask;
  if (!mask)
    return {};
  char text[8];
  std::snprintf(text, sizeof(text), "%o", static_cast<unsigned>(*mask));
  return text;
}

spawn_request
make_request(const launch_context& context, process_settings& settings,
             const std::string& entrance, const launch_pipes& pipes) {
  spawn_request result;
  result.program = context.launcher;
  result.arguments = {"robot-runtime-launcher",   "child",
                      std::to_string(::getpid()), entrance,
                      settings.directory,         limits_for(context),
                      umask_for_children()};
  std::move(settings.command.begin(), settings.command.end(),
            std::back_inserter(result.arguments));
  auto is_cookie = [](const std::string& entry) {
    return entry.starts_with(process_cookie)
           && entry.substr(process_cookie.size()).starts_with('=');
  };
  result.environment = std::move(settings.environment);
  std::erase_if(result.environment, is_cookie);
  result.environment.push_back(context.cookie);
  auto none = settings.output == process_output::null ? context.null : -1;
  auto output = pipes.output.write ? pipes.output.write.get() : none;
  auto error = pipes.error.write ? pipes.error.write.get() : none;
  result.descriptors = {context.null, output, error, pipes.launch.write.get()};
  return result;
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

caf::expected<std::unique_ptr<watched_child>>
watched_child::launch(const launch_context& context, process_settings settings,
                      std::unique_ptr<enclosure> inside) {
  auto child = std::make_unique<watched_child>();
  child->name = std::move(settings.name);
  child->program = settings.command.at(0);
  child->directory = settings.directory;
  child->search_path = search_path_of(settings.environment);
  child->inside = std::move(inside);
  launch_pipes pipes;
  if (auto failed = open_pipes(pipes, settings.output))
    return start_failure(child->name, failed);
  ::fcntl(pipes.launch.read.get(), F_SETFL, O_NONBLOCK);
  auto pid
    = spawn(make_request(context, settings, child->inside->entrance(), pipes));
  if (!pid)
    return pid.error();
  child->pid = *pid;
  child->slot = context.cord.add(*pid);
  child->launch_pipe = std::move(pipes.launch.read);
  if (!child->slot) {
    child->abandon(context.cord);
    return start_failure("cannot start " + child->name
                         + ": too many processes");
  }
  auto process = open_process(*pid);
  if (!process) {
    child->abandon(context.cord);
    return start_failure(child->name, process.error());
  }
  child->process = std::move(*process);
  if (auto failed = read_output(*child, context.reader, pipes)) {
    child->failure = start_failure(child->name, failed);
    child->doomed = true;
    child->kill();
  }
  return child;
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

void watched_child::take_launch_failure() {
  if (launch_failure && !failure)
    failure = start_failure(*this, *launch_failure);
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
  ::kill(-pid, SIGTERM);
  ::kill(-pid, SIGCONT);
}

void watched_child::kill_group() noexcept {
  if (reaped)
    return;
  note_kill();
  ::kill(-pid, SIGKILL);
}

void watched_child::kill() noexcept {
  kill_group();
  inside->kill();
}

void watched_child::reap() noexcept {
  // Once it has been reaped its number may be another's.
  if (!lost_) {
    ::kill(-pid, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
  }
  reaped = true;
}

} // namespace rr
