// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_watcher.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridges/process/adopted_children.hpp"
#include "bridges/process/child_loop.hpp"
#include "bridges/process/child_orders.hpp"
#include "bridges/process/child_sentry.hpp"
#include "bridges/process/launch_failure.hpp"
#include "bridges/process/notify_reader.hpp"
#include "bridges/process/spawn.hpp"
#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// To look for what children have left may take its time.
constexpr auto owner_bound = std::chrono::seconds{1};

/// The name of an open file, for as long as it is open, to those whom this
/// process starts: what takes the place of the file is none of theirs.
std::string name_of_open(const file_descriptor& file) {
  return "/proc/" + std::to_string(::getpid()) + "/fd/"
         + std::to_string(file.get());
}

class ordered_child final : public child_process {
public:
  ordered_child(uint64_t id, std::shared_ptr<child_orders> orders,
                std::shared_ptr<notify_socket> socket)
    : id_(id),
      orders_(std::move(orders)),
      socket_(std::move(socket)) {
  }

  ~ordered_child() override {
    kill();
  }

  void terminate() noexcept override {
    orders_->put(terminate_order{id_});
  }

  void kill() noexcept override {
    orders_->put(kill_order{id_});
  }

  child_news take_news() override {
    if (!socket_)
      return {};
    socket_->receive();
    return socket_->take();
  }

private:
  uint64_t id_;
  std::shared_ptr<child_orders> orders_;
  /// None for a child that has nothing to say.
  std::shared_ptr<notify_socket> socket_;
};

/// Whether nobody else can make, or reach, a file in it.
bool is_private(const std::string& directory) {
  struct stat info {};
  return !directory.empty() && ::stat(directory.c_str(), &info) == 0
         && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid()
         && (info.st_mode & 077) == 0;
}

void set_variable(shared_strings& environment, const std::string& key,
                  const std::string& value) {
  auto entries = environment.get();
  std::erase_if(entries, [start = key + '='](const std::string& entry) {
    return entry.starts_with(start);
  });
  entries.push_back(key + '=' + value);
  environment = std::move(entries);
}

/// Opens the socket while the child lives. What it says before its start was
/// told of waits in the socket.
child_listener listen(std::shared_ptr<notify_socket> socket,
                      notify_reader& reader, child_listener listener) {
  child_listener result;
  result.start_failed = std::move(listener.start_failed);
  result.started = [=, &reader, started = std::move(listener.started),
                    told = std::move(listener.notified)](const auto& fact) {
    if (started)
      started(fact);
    socket->open_for(fact.pid, told);
    // Without room in the kernel it is read only when somebody waits for it.
    [[maybe_unused]] auto failed = reader.add(socket);
  };
  result.exited = [=, &reader,
                   exited = std::move(listener.exited)](const auto& fact) {
    reader.remove(*socket);
    socket->close();
    if (exited)
      exited(fact);
  };
  return result;
}

} // namespace

caf::expected<std::unique_ptr<child_watcher>>
child_watcher::make(child_watcher_settings settings, stop_cord& cord,
                    line_callback take) {
  if (auto failed = block_child_signal())
    return failed;
  auto launcher = find_launcher(std::move(settings.launcher));
  if (!launcher)
    return launcher.error();
  // An upgrade while children run must not give them another's launcher.
  file_descriptor file{::open(launcher->c_str(), O_PATH | O_CLOEXEC)};
  auto open_name = name_of_open(file);
  settings.launcher = ::access(open_name.c_str(), X_OK) == 0
                        ? std::move(open_name)
                        : std::move(*launcher);
  auto wake = wake_event::make();
  if (!wake)
    return std::move(wake.error());
  auto reader = output_reader::make(std::move(take));
  if (!reader)
    return reader.error();
  std::unique_ptr<child_watcher> result{new child_watcher};
  result->launcher_ = std::move(file);
  result->reader_ = std::move(*reader);
  result->notices_ = std::make_unique<notify_reader>();
  if (is_private(settings.notify_directory)) {
    result->notify_directory_ = settings.notify_directory;
    notify_socket::remove_stale(result->notify_directory_);
  }
  result->orders_ = std::make_shared<child_orders>(std::move(*wake));
  auto sentry = child_sentry::make(
    {settings.emergency_exit_code, settings.emergency_terminate_timeout}, cord);
  if (!sentry)
    return sentry.error();
  result->sentry_ = std::move(*sentry);
  auto loop = child_loop::make(std::move(settings), cord, *result->sentry_,
                               result->orders_, *result->reader_);
  if (!loop)
    return loop.error();
  result->loop_ = std::move(*loop);
  if (auto err = start_thread(result->thread_, "rr-children",
                              "cannot watch processes",
                              [loop = result->loop_.get()] { loop->run(); }))
    return err;
  return result;
}

child_watcher::child_watcher() = default;

child_watcher::~child_watcher() {
  if (!thread_.joinable())
    return;
  orders_->put(finish_order{});
  thread_.join();
  sentry_->stop();
}

std::unique_ptr<child_process> child_watcher::start(process_settings settings,
                                                    child_listener listener) {
  auto id = ++last_id_;
  auto socket = equip(settings, listener);
  if (socket)
    orders_->put(start_order{id, std::move(settings), std::move(listener)});
  else if (listener.start_failed)
    listener.start_failed({start_failure(settings.name, socket.error())});
  return std::make_unique<ordered_child>(id, orders_,
                                         socket ? *socket : nullptr);
}

caf::expected<std::shared_ptr<notify_socket>>
child_watcher::equip(process_settings& settings, child_listener& listener) {
  auto watchdog
    = std::chrono::ceil<std::chrono::microseconds>(settings.ready.watchdog);
  if (settings.ready.kind != readiness::notify && watchdog.count() == 0)
    return std::shared_ptr<notify_socket>{};
  // Another user cannot reach what is in the directory.
  auto reachable = settings.limits.user.empty();
  auto socket = notify_socket::make(reachable ? notify_directory_ : "");
  if (!socket)
    return socket;
  set_variable(settings.environment, "NOTIFY_SOCKET", (*socket)->address());
  if (watchdog.count() > 0)
    set_variable(settings.environment, "WATCHDOG_USEC",
                 std::to_string(watchdog.count()));
  listener = listen(*socket, *notices_, std::move(listener));
  return socket;
}

void child_watcher::kill_all() noexcept {
  sentry_->kill_all();
  orders_->put(kill_all_order{});
}

void child_watcher::flush_output() noexcept {
  reader_->flush();
}

std::optional<child_usage> child_watcher::usage(int32_t pid) const {
  return read_child_usage(pid);
}

std::vector<heartbeat_witness>
child_watcher::witnesses(std::chrono::nanoseconds bound) const {
  auto owner = heartbeat_witness{[orders = orders_](uint64_t question) {
                                   orders->life().ask(question);
                                   orders->wake();
                                 },
                                 [orders = orders_] {
                                   return orders->life().answered();
                                 },
                                 owner_bound, "children"};
  auto result = loop_->contains().witnesses();
  result.insert(result.begin(), {sentry_->witness(bound), std::move(owner)});
  return result;
}

size_t child_watcher::count() const noexcept {
  return loop_->count();
}

std::string child_watcher::containment() const {
  return to_string(loop_->contains().kind());
}

std::string child_watcher::memory_bound() const {
  return loop_->contains().bounds_memory() ? "control group" : "address space";
}

} // namespace rr
