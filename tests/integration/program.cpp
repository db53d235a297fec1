// SPDX-License-Identifier: BSD-3-Clause
#include "tests/integration/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/free_udp_address.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

bool is_zombie(const std::filesystem::path& process) {
  auto stat = slurp(process / "stat");
  auto name_end = stat.rfind(')');
  return name_end == std::string::npos || stat.compare(name_end, 3, ") Z") == 0;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

} // namespace

program::program(std::vector<std::string> args,
                 std::vector<std::string> environment, std::string executable) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    throw std::runtime_error("cannot make a pipe");
  output_.reset(out[0]);
  error_output_.reset(err[0]);
  static int serial = 0;
  cookie_ = "RR_TEST_COOKIE=" + std::to_string(::getpid()) + "-"
            + std::to_string(++serial);
  environment.push_back(cookie_);
  // Tests run beside one another, and beside a robot.
  environment.push_back("RR_CONTROL_ADDRESS=" + free_udp_address());
  environment.emplace_back("RR_LOG_FRONTEND=ipc://RUNTIME/log-frontend.sock");
  for (auto entry = environ; *entry != nullptr; ++entry)
    environment.emplace_back(*entry);
  args.insert(args.begin(), executable);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  auto failed = ::posix_spawn(&pid_, executable.c_str(), &actions, nullptr,
                              pointers(args).data(),
                              pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  if (failed != 0)
    throw std::runtime_error("cannot start " + executable);
}

program::~program() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void program::signal(int number) const {
  ::kill(pid_, number);
}

program::json program::wait_for_event(const std::string& text) {
  size_t seen = 0;
  return wait_for_event_from(seen, text);
}

program::json program::wait_for_new_event(const std::string& text) {
  return wait_for_event_from(next_, text);
}

program::json program::wait_for_event_from(size_t& seen,
                                           const std::string& text) {
  auto deadline = clock::now() + patience;
  for (;;) {
    while (seen < events_.size())
      if (const auto& event = events_[seen++]; event.value("event", "") == text)
        return event;
    if (!read_some(deadline))
      return nullptr;
  }
}

bool program::wait_for_error(const std::string& text) {
  auto deadline = clock::now() + patience;
  while (errors_.find(text) == std::string::npos)
    if (!read_some(deadline))
      return false;
  return true;
}

int program::wait() {
  auto deadline = clock::now() + patience;
  while (read_some(deadline)) {
    // Until both streams have ended.
  }
  if (pid_ < 0)
    return exit_code_;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (clock::now() > deadline) {
      errors_ += "(killed by the test: it did not end)";
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
      break;
    }
    ::poll(nullptr, 0, 1);
  }
  pid_ = -1;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return exit_code_;
}

std::string program::faults() const {
  std::string result;
  std::istringstream in{errors_};
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with("warning: "))
      result += line + '\n';
  return result;
}

size_t program::count(const std::string& text) const {
  return static_cast<size_t>(
    std::count_if(events_.begin(), events_.end(), [&](const json& event) {
      return event.value("event", "") == text;
    }));
}

std::vector<pid_t> program::processes() const {
  std::vector<pid_t> result;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos)
      continue;
    auto environment = slurp(entry.path() / "environ");
    if (('\0' + environment).find('\0' + cookie_ + '\0') != std::string::npos
        && !is_zombie(entry.path()))
      result.push_back(std::stoi(name));
  }
  return result;
}

bool program::wait_until_nothing_is_left() const {
  auto deadline = clock::now() + patience;
  while (!processes().empty()) {
    if (clock::now() > deadline)
      return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

bool program::read_some(clock::time_point deadline) {
  pollfd polled[] = {{reads_output_ ? output_.get() : -1, POLLIN, 0},
                     {error_output_.get(), POLLIN, 0}};
  if (polled[0].fd < 0 && polled[1].fd < 0)
    return false;
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
    deadline - clock::now());
  if (left.count() <= 0
      || ::poll(polled, 2, static_cast<int>(left.count())) <= 0)
    return false;
  char buffer[65536];
  for (auto i : {0, 1}) {
    if (polled[i].fd < 0 || polled[i].revents == 0)
      continue;
    auto n = ::read(polled[i].fd, buffer, sizeof(buffer));
    if (n > 0) {
      (i == 0 ? partial_ : errors_).append(buffer, static_cast<size_t>(n));
      if (i == 0)
        text_.append(buffer, static_cast<size_t>(n));
    } else {
      (i == 0 ? output_ : error_output_).reset();
    }
  }
  take_lines();
  return true;
}

void program::take_lines() {
  for (auto end = partial_.find('\n'); end != std::string::npos;
       end = partial_.find('\n')) {
    auto event = json::parse(partial_.substr(0, end), nullptr, false);
    events_.push_back(event.is_object() ? std::move(event)
                                        : json{{"event", "(not JSON)"}});
    partial_.erase(0, end + 1);
  }
}

} // namespace rr
