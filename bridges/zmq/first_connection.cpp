// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq/first_connection.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <zmq.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <caf/deep_to_string.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/file_owner.hpp"
#include "bridges/system/reachable_address.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How long an address may take before the next one is tried as well.
constexpr auto lead = clock::duration{milliseconds{50}};

/// Until a full queue of connections is tried again.
constexpr auto full_interval = milliseconds{10};

/// Until an address at which nobody was is tried again.
constexpr auto absent_interval = milliseconds{100};

/// After this, somebody who listens and does not answer counts as absent.
constexpr auto answer_patience = std::chrono::seconds{1};

constexpr auto full_queue = "its queue of connections is full";

/// How far one address has come.
///
///   waiting -> probing -> meeting -> (the first connection)
///      ^          |          |
///      +----------+-> failed <+
enum class progress { waiting, probing, meeting, failed };

struct attempt {
  reachable_address where;
  /// When to go on, while it is waiting.
  clock::time_point due;
  progress state = progress::waiting;
  bool tried = false;
  /// Whether nobody was there when it was tried last. Another try does not
  /// change that before it has met somebody.
  bool refused = false;
  /// A connection of the system's own: it knows why there can be none.
  file_descriptor probe = {};
  zmq::socket_t socket = {};
  /// Tells what becomes of the socket's connection.
  zmq::socket_t monitor = {};
  /// What is in the way.
  std::string why = {};
};

/// A socket of another user may not be ours to use.
std::string why_not(const reachable_address& where, int problem) {
  if (where.to.ss_family != AF_UNIX)
    return error_text(problem);
  return denial_text(reinterpret_cast<const sockaddr_un&>(where.to).sun_path,
                     problem);
}

class race {
public:
  race(zmq::context_t& context, const first_connection_settings& settings)
    : context_(context),
      settings_(settings),
      started_(clock::now()) {
  }

  caf::expected<first_connection> run();

private:
  caf::error line_up();
  bool is_over(clock::time_point now) const;
  bool nobody_is_there() const;
  clock::time_point next_event(clock::time_point now) const;
  void start_due(clock::time_point now);
  void start(attempt& each, clock::time_point now);
  void meet(attempt& each);
  void fail(attempt& each, std::string why);
  void report_absence(clock::time_point now);
  bool poll(clock::time_point now);
  void take_probe(attempt& each);
  attempt* met();
  bool has_met(attempt& each);
  caf::error failure(ec code) const;

  zmq::context_t& context_;
  const first_connection_settings& settings_;
  clock::time_point started_;
  std::vector<attempt> attempts_;
  bool reported_ = false;
};

/// Every address, `ipc` ones first: their answers come sooner.
caf::error race::line_up() {
  auto addresses = settings_.addresses;
  std::stable_partition(addresses.begin(), addresses.end(),
                        [](const std::string& address) {
                          return address.starts_with("ipc://");
                        });
  for (const auto& address : addresses) {
    auto found = find_reachable(address);
    if (found)
      for (auto& where : *found)
        attempts_.push_back({.where = std::move(where), .due = {}});
    else
      attempts_.push_back({.where = {},
                           .due = {},
                           .state = progress::failed,
                           .tried = true,
                           .refused = true,
                           .why = describe(found.error())});
  }
  if (attempts_.empty())
    return caf::make_error(ec::malformed, "must provide at least one address");
  auto step = lead;
  if (settings_.timeout)
    step = std::min<clock::duration>(step, *settings_.timeout
                                             / (2 * attempts_.size()));
  auto due = started_;
  for (auto& each : attempts_)
    each.due = std::exchange(due, due + step);
  return {};
}

caf::expected<first_connection> race::run() {
  if (auto problem = line_up())
    return problem;
  for (;;) {
    auto now = clock::now();
    start_due(now);
    report_absence(now);
    if (auto winner = met())
      return first_connection{winner->where.name, std::move(winner->socket)};
    auto failed = [](const attempt& x) { return x.state == progress::failed; };
    if (std::ranges::all_of(attempts_, failed))
      return failure(ec::system_error);
    if (is_over(now))
      return failure(nobody_is_there() ? ec::system_error : ec::call_timed_out);
    if (poll(now))
      return first_connection{};
  }
}

bool race::is_over(clock::time_point now) const {
  return settings_.timeout && now - started_ >= *settings_.timeout;
}

/// Whether each address has been refused, and is tried again at most.
bool race::nobody_is_there() const {
  return std::ranges::all_of(attempts_, &attempt::refused);
}

clock::time_point race::next_event(clock::time_point now) const {
  auto result = settings_.timeout ? started_ + *settings_.timeout
                                  : now + std::chrono::hours{1};
  for (const auto& each : attempts_)
    if (each.state == progress::waiting)
      result = std::min(result, each.due);
  if (settings_.absent && !reported_)
    result = std::min(result, started_ + answer_patience);
  return result;
}

void race::start_due(clock::time_point now) {
  // By number: one that fails lets the next one start.
  for (size_t i = 0; i < attempts_.size(); ++i)
    if (auto& each = attempts_[i];
        each.state == progress::waiting && each.due <= now)
      start(each, now);
}

void race::start(attempt& each, clock::time_point now) {
  each.tried = true;
  each.probe.reset(::socket(each.where.to.ss_family,
                            SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!each.probe)
    return fail(each, error_text(errno));
  auto to = reinterpret_cast<const sockaddr*>(&each.where.to);
  if (::connect(each.probe.get(), to, each.where.size) == 0)
    return meet(each);
  if (errno == EINPROGRESS) {
    each.state = progress::probing;
    if (!each.refused)
      each.why = "no connection";
  } else if (errno == EAGAIN) {
    each.due = now + full_interval;
    each.refused = false;
    each.why = full_queue;
  } else {
    fail(each, why_not(each.where, errno));
  }
}

/// Somebody listens; whether they answer, libzmq finds out.
void race::meet(attempt& each) {
  each.probe.reset();
  auto made = settings_.make(context_);
  if (!made)
    return fail(each, describe(made.error()));
  each.socket = std::move(*made);
  static std::atomic<uint64_t> serial{0};
  auto events = "inproc://first-connection-" + std::to_string(++serial);
  auto socket = each.socket.handle();
  each.monitor = zmq::socket_t{context_, zmq::socket_type::pair};
  each.monitor.set(zmq::sockopt::linger, 0);
  if (each.where.to.ss_family == AF_INET6)
    each.socket.set(zmq::sockopt::ipv6, true);
  if (zmq_socket_monitor(socket, events.c_str(), ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        != 0
      || zmq_connect(each.monitor.handle(), events.c_str()) != 0
      || zmq_connect(socket, each.where.endpoint.c_str()) != 0)
    return fail(each, as_cause(zmq_strerror(zmq_errno())));
  each.state = progress::meeting;
  each.refused = false;
  each.why = "no answer";
}

void race::fail(attempt& each, std::string why) {
  each.probe.reset();
  each.refused = true;
  each.why = std::move(why);
  auto now = clock::now();
  if (settings_.absent) {
    each.state = progress::waiting;
    each.due = now + absent_interval;
  } else {
    each.state = progress::failed;
  }
  auto next = std::ranges::find(attempts_, false, &attempt::tried);
  if (next != attempts_.end())
    next->due = std::min(next->due, now);
}

void race::report_absence(clock::time_point now) {
  if (!settings_.absent || reported_)
    return;
  auto hopeful = [](const attempt& x) {
    return !x.tried || x.state != progress::waiting;
  };
  if (std::ranges::any_of(attempts_, hopeful)
      && now - started_ < answer_patience)
    return;
  reported_ = true;
  settings_.absent(failure(ec::system_error));
}

/// Waits for the next event.
/// @returns whether it was the interruption.
bool race::poll(clock::time_point now) {
  std::vector<zmq::pollitem_t> items;
  for (auto& each : attempts_) {
    if (each.state == progress::probing)
      items.push_back({nullptr, each.probe.get(), ZMQ_POLLOUT, 0});
    else if (each.state == progress::meeting)
      items.push_back({each.monitor.handle(), 0, ZMQ_POLLIN, 0});
  }
  if (settings_.interruption >= 0)
    items.push_back({nullptr, settings_.interruption, ZMQ_POLLIN, 0});
  auto left = std::chrono::ceil<milliseconds>(next_event(now) - now);
  zmq_poll(items.data(), static_cast<int>(items.size()),
           std::max<long>(left.count(), 0));
  if (settings_.interruption >= 0 && items.back().revents != 0)
    return true;
  auto item = items.begin();
  for (auto& each : attempts_) {
    if (each.state == progress::probing) {
      if ((item++)->revents != 0)
        take_probe(each);
    } else if (each.state == progress::meeting) {
      ++item;
    }
  }
  return false;
}

void race::take_probe(attempt& each) {
  auto problem = 0;
  socklen_t size = sizeof(problem);
  if (::getsockopt(each.probe.get(), SOL_SOCKET, SO_ERROR, &problem, &size)
      != 0)
    problem = errno;
  if (problem == 0)
    meet(each);
  else
    fail(each, error_text(problem));
}

/// The first whose peer has answered.
attempt* race::met() {
  for (auto& each : attempts_)
    if (each.state == progress::meeting && has_met(each))
      return &each;
  return nullptr;
}

bool race::has_met(attempt& each) {
  zmq::message_t event;
  if (!each.monitor.recv(event, zmq::recv_flags::dontwait))
    return false;
  zmq_socket_monitor(each.socket.handle(), nullptr, 0);
  return true;
}

caf::error race::failure(ec code) const {
  std::string text = "no runtime";
  std::string last;
  for (const auto& each : attempts_) {
    if (each.why.empty())
      continue;
    auto part = each.where.name.empty()
                  ? ": " + each.why
                  : " at " + each.where.name + ": " + each.why;
    auto is_open = each.state == progress::probing
                   || each.state == progress::meeting;
    if (settings_.timeout && is_open && !each.refused)
      part += " within " + caf::deep_to_string(*settings_.timeout);
    // Such as both addresses of `localhost`.
    if (part == last)
      continue;
    text += (last.empty() ? "" : ";") + part;
    last = part;
  }
  return caf::make_error(code, text);
}

} // namespace

caf::expected<first_connection>
connect_to_first(zmq::context_t& context,
                 const first_connection_settings& settings) try {
  return race{context, settings}.run();
} catch (const zmq::error_t& x) {
  return zmq_error("cannot connect", "", x.num());
}

} // namespace rr
