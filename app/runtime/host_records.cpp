// SPDX-License-Identifier: BSD-3-Clause
// What is written down of a run, for whoever asks afterwards.
#include <chrono>

#include "actors/flight_recorder.hpp"
#include "actors/run_recorder.hpp"
#include "app/runtime/host.hpp"
#include "bridges/process/recent_output.hpp"
#include "bridges/record/record_writer.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// Waits longer than one flush does, for a child that has written much: nobody
/// waits for the thread that asks.
void flush_to_the_end(child_starter& children) {
  constexpr auto flushes = 5;
  constexpr auto in_vain = 900ms;
  for (auto i = 0; i < flushes; ++i) {
    auto start = std::chrono::steady_clock::now();
    children.flush_output();
    if (std::chrono::steady_clock::now() - start < in_vain)
      return;
  }
}

} // namespace

caf::error
host::open_records(std::shared_ptr<state_directory> where, run_start run,
                   std::function<void(std::string_view, bool)> hold) {
  if (!where)
    return {};
  record_writer_settings settings;
  settings.directory = std::move(where);
  settings.run = std::move(run);
  for (const auto& process : opts_.processes())
    settings.processes.push_back(process.name);
  settings.flush_output = [this] {
    if (children_)
      flush_to_the_end(*children_);
  };
  recent_output_ = std::make_shared<recent_output>(kept_lines, kept_line_bytes);
  settings.last_lines = [recent = recent_output_](int32_t pid) {
    return recent->take_out(pid);
  };
  settings.hold = std::move(hold);
  settings.log = log_;
  auto writer = record_writer::make(std::move(settings));
  if (!writer)
    return std::move(writer.error());
  records_ = std::move(*writer);
  recorder_ = system_.spawn(run_recorder, records_, log_);
  add_living("run recorder", stop_stage::recording,
             caf::actor_cast<caf::actor>(recorder_));
  return {};
}

void host::add_flight_recorder(std::shared_ptr<end_keeper> box) {
  flight_recorder_ = system_.spawn(flight_recorder, std::move(box), log_);
  add_living("flight recorder", stop_stage::recording,
             caf::actor_cast<caf::actor>(flight_recorder_));
}

} // namespace rr
