// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/robot_latch.hpp"

#include <atomic>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "app/runtime/host.hpp"
#include "bridges/system/latch_writer.hpp"
#include "bridges/udp/update_sender.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"
#include "messages/log/log_text.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// How long the last log events, and the end of the process, wait for it.
constexpr std::chrono::milliseconds patience{500};

/// The notification `emergency_stop`.
std::vector<uint8_t> notice_of(const stop_cord_pulled& fact,
                               latch_tasks::time_point time) {
  return encode(notification{
    "emergency_stop", json::array({{{"cause", as_utf8(describe(fact.cause))},
                                    {"time", format_timestamp(time)}}})});
}

/// Sends it; says once when that cannot be done.
auto teller(std::shared_ptr<update_sender> out, event_log log) {
  return [out, log, told = false](const stop_cord_pulled& fact,
                                  latch_tasks::time_point time) mutable {
    std::vector<std::vector<uint8_t>> datagrams{notice_of(fact, time)};
    auto failed = out->send(datagrams);
    if (failed && !std::exchange(told, true))
      log.warning("Emergency stop not told", {{"error", describe(failed)}});
  };
}

auto writer_to(std::shared_ptr<state_directory> state, int exit_code) {
  return [state, exit_code, user = user_name()](const stop_cord_pulled& fact,
                                                latch_tasks::time_point time) {
    return state->replace(
      latch_file,
      to_file(stop_latch{format_timestamp(time), describe(fact.cause),
                         fact.cause.process, exit_code, user}));
  };
}

/// How long the thread of the latch may take for what it has begun.
constexpr std::chrono::milliseconds begun{100};

/// Latches a stop if nobody has done so, without memory: all but the time is
/// written beforehand.
auto securer(std::shared_ptr<state_directory> state, int exit_code) {
  auto time_mark = std::string{"TIME"};
  auto text = to_file(stop_latch{time_mark,
                                 "a cause that is not known: the runtime had "
                                 "no memory left to write it down",
                                 "", exit_code, user_name()});
  auto rest = text.substr(text.find(time_mark) + time_mark.size());
  text.erase(text.find(time_mark));
  text.reserve(text.size() + rest.size() + 64);
  // By address: a copy of the text would have no room.
  return [state, text = std::make_shared<std::string>(std::move(text)), rest] {
    using clock = std::chrono::steady_clock;
    for (auto end = clock::now() + begun; clock::now() < end;) {
      if (state->written(latch_file))
        return;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    log_text::append_time(*text, std::chrono::system_clock::now(), 'T', 6);
    text->append("Z").append(rest);
    [[maybe_unused]] auto failed = state->replace(latch_file, *text);
  };
}

auto reporter(event_log log, std::shared_ptr<hold_list> holds) {
  return [log, holds](const stop_cord_pulled& fact,
                      latch_tasks::time_point time, const caf::error& failed) {
    if (!failed) {
      log.critical("Emergency stop latched",
                   {{"cause", describe(fact.cause)},
                    {"time", format_timestamp(time)}});
      return holds->set("an emergency stop is latched", true);
    }
    auto why = "the emergency stop is not latched: " + describe(failed);
    log.error("Unhandled error", {{"actor", "latch"}, {"error", why}});
    holds->set(why, true);
  };
}

} // namespace

std::optional<found_latch> find_latch(const state_directory& state) {
  auto text = state.read(latch_file, max_latch_size);
  if (!text)
    return found_latch{std::nullopt, describe(text.error())};
  if (!*text)
    return std::nullopt;
  auto stop = parse_latch(**text);
  if (!stop)
    return found_latch{std::nullopt, "cannot read " + state.path() + '/'
                                       + latch_file + ": "
                                       + describe(stop.error())};
  return found_latch{std::move(*stop), {}};
}

std::string describe(const found_latch& latch) {
  if (!latch.stop)
    return "an emergency stop is latched, nobody knows which: "
           + visible_text(latch.fault, 4096);
  const auto& x = *latch.stop;
  return "an emergency stop is latched since " + visible_text(x.time) + ", by "
         + visible_text(x.cause, 1024) + " (user " + visible_text(x.user) + ")";
}

caf::error latch_emergencies(host& owner,
                             std::shared_ptr<state_directory> state,
                             std::shared_ptr<hold_list> holds) {
  const auto& opts = owner.opts();
  auto out = update_sender::make(opts.get<std::string>("update.address"),
                                 opts.get<std::string>("update.interface"));
  if (!out)
    return std::move(out.error());
  latch_tasks tasks;
  tasks.tell = teller(std::move(*out), owner.log());
  if (state) {
    tasks.write = writer_to(state, owner.emergency_exit_code());
    tasks.done = reporter(owner.log(), std::move(holds));
  }
  auto made = latch_writer::make(std::move(tasks));
  if (!made)
    return std::move(made.error());
  std::shared_ptr<latch_writer> writer = std::move(*made);
  owner.cord().observe(
    [writer](const stop_cord_pulled& fact) { writer->begin(fact); });
  auto told = std::make_shared<std::atomic<bool>>(false);
  owner.settle_emergencies(
    [writer, told, log = owner.log()] {
      if (!writer->finish(patience) && !told->exchange(true))
        log.error("Unhandled error",
                  {{"actor", "latch"},
                   {"error", "what follows an emergency stop is not done in "
                             "time: it may not be latched"}});
    },
    state ? std::function<void()>{securer(state, owner.emergency_exit_code())}
          : [] {},
    state != nullptr);
  return {};
}

void tell_of_reset(const state_directory& state, const event_log& log) {
  auto text = state.read(reset_file, max_latch_size);
  if (text && !*text)
    return;
  auto reset = text ? parse_reset(**text) : text.error();
  if (reset)
    log.warning("Emergency stop reset", {{"by", reset->by},
                                         {"cause", reset->cause},
                                         {"time", reset->time},
                                         {"reset_at", reset->reset_at}});
  else
    log.warning("Emergency stop reset",
                {{"by", "unknown"}, {"error", describe(reset.error())}});
  if (auto failed = state.remove(reset_file))
    log.warning("State directory cannot be used",
                {{"error", describe(failed)}});
}

std::string user_name() {
  auto id = ::geteuid();
  auto entry = ::getpwuid(id);
  return entry && entry->pw_name ? entry->pw_name : std::to_string(id);
}

} // namespace rr
