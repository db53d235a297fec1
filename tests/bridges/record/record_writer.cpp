// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE record_writer

#include "bridges/record/record_writer.hpp"

#include <caf/test/dsl.hpp>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bridges/record/run_history.hpp"
#include "messages/error.hpp"
#include "messages/record/record_line.hpp"
#include "tests/support/recording_log_output.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace record_writer_suite {
namespace {

namespace fs = std::filesystem;

constexpr auto patience = 20s;

struct fixture {
  temporary_folder folder;
  std::string path = folder.file("state");
  std::shared_ptr<recording_log_output> events
    = std::make_shared<recording_log_output>();
  record_writer_settings settings;
  std::mutex mutex;
  std::condition_variable changed;
  /// What `hold` was told.
  std::vector<bool> held;

  fixture() {
    settings.processes = {"motor"};
    settings.log = event_log{events, "robot"};
    settings.hold = [this](std::string_view what, bool is_held) {
      std::lock_guard guard{mutex};
      if (what == state_not_written)
        held.push_back(is_held);
      changed.notify_all();
    };
  }

  std::shared_ptr<record_writer> open() {
    auto directory = state_directory::make(path);
    if (!directory)
      CAF_FAIL(describe(directory.error()));
    settings.directory = std::move(*directory);
    settings.run = describe_this_run("1.0", "/etc/robot.ini");
    auto result = record_writer::make(settings);
    if (!result)
      CAF_FAIL(describe(result.error()));
    return std::move(*result);
  }

  /// Has everything written.
  void finish(record_writer& writer) {
    auto done = false;
    writer.finish([&] {
      std::lock_guard guard{mutex};
      done = true;
      changed.notify_all();
    });
    std::unique_lock lock{mutex};
    CAF_REQUIRE(changed.wait_for(lock, patience, [&] { return done; }));
  }

  void wait_for_held(std::vector<bool> expected) {
    std::unique_lock lock{mutex};
    CAF_REQUIRE(
      changed.wait_for(lock, patience, [&] { return held == expected; }));
  }

  static process_end end_of(const std::string& name, int32_t exit_code) {
    process_end result;
    result.process = name;
    result.pid = 17;
    result.time = std::chrono::system_clock::now();
    result.exit_code = exit_code;
    result.reason = "process " + name + " exited with code "
                    + std::to_string(exit_code);
    return result;
  }

  static robot_stopped stopped(const std::string& process) {
    auto now = std::chrono::system_clock::now();
    return {now, now, 1, "process motor exited with code 3", process, 42};
  }

  std::string content(const std::string& name) {
    std::ifstream file{path + '/' + name};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories(path);
    fs::permissions(path, fs::perms::owner_all);
    std::ofstream{path + '/' + name} << text;
  }

  std::vector<process_end> ends() {
    auto whole = false;
    auto result = read_ends(content(ends_file), whole);
    CAF_CHECK(whole);
    return result;
  }

  run_history history() {
    auto directory = state_directory::open_existing(path);
    CAF_REQUIRE(directory && *directory);
    auto result = read_history(**directory);
    if (!result)
      CAF_FAIL(describe(result.error()));
    return std::move(*result);
  }

  log_event event(std::string_view name) {
    for (const auto& each : events->events())
      if (each.event == name)
        return each;
    CAF_FAIL("no event " << name);
  }

  /// A run that has begun and of which nothing more is known.
  void leave_a_run(const std::string& boot_id) {
    run_record run;
    run.start = describe_this_run("1.0", "");
    run.start.time -= 1h;
    run.start.ticks += 1;
    run.start.boot_id = boot_id;
    write(runs_file, runs_text({run}));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(record_writer_tests, fixture)

CAF_TEST(a run is written down from its start to its end) {
  settings.last_lines = [](int32_t pid) {
    return std::vector<std::string>{"line of " + std::to_string(pid)};
  };
  auto writer = open();
  writer->begin();
  finish(*writer);
  CAF_REQUIRE_EQUAL(history().runs.size(), 1u);
  CAF_CHECK(!history().runs[0].end);
  auto end = end_of("motor", 3);
  end.reaction = robot_reaction::stop;
  writer->keep(end);
  writer->keep(stopped("motor"));
  finish(*writer);
  auto runs = history().runs;
  CAF_REQUIRE_EQUAL(runs.size(), 1u);
  CAF_REQUIRE(runs[0].end);
  CAF_CHECK_EQUAL(runs[0].start.config_file, "/etc/robot.ini");
  CAF_CHECK_EQUAL(runs[0].end->exit_code, 1);
  CAF_CHECK(runs[0].end->in_order);
  CAF_REQUIRE_EQUAL(runs[0].end->causes.size(), 3u);
  CAF_CHECK_EQUAL(runs[0].end->causes[1].last_lines,
                  std::vector<std::string>{"line of 17"});
  CAF_CHECK_EQUAL(writer->stops().count, 1u);
  CAF_CHECK_EQUAL(read_stops(content(stops_file)).worst_signal_us, 42);
  CAF_CHECK_EQUAL(events->events().size(), 0u);
}

CAF_TEST(its end writes what waits) {
  std::mutex disk;
  std::unique_lock slow{disk};
  auto busy = false;
  settings.last_lines = [&](int32_t) {
    {
      std::lock_guard guard{mutex};
      busy = true;
      changed.notify_all();
    }
    std::lock_guard guard{disk};
    return std::vector<std::string>{};
  };
  auto writer = open();
  writer->begin();
  writer->keep(end_of("motor", 3));
  {
    std::unique_lock lock{mutex};
    CAF_REQUIRE(changed.wait_for(lock, patience, [&] { return busy; }));
  }
  writer->keep(stopped("motor"));
  std::thread last_moment{[&] { writer.reset(); }};
  slow.unlock();
  last_moment.join();
  CAF_CHECK(history().runs.at(0).end);
}

CAF_TEST(output is read to its end before its last lines are asked for) {
  auto flushed = 0;
  settings.flush_output = [&] { ++flushed; };
  settings.last_lines = [&](int32_t) {
    return std::vector<std::string>{std::to_string(flushed)};
  };
  auto writer = open();
  writer->keep(end_of("motor", 3));
  finish(*writer);
  auto all = ends();
  CAF_CHECK_EQUAL(all.at(0).last_lines, std::vector<std::string>{"1"});
}

CAF_TEST(of each process the last ends stay and the file does not grow) {
  settings.processes = {"motor", "camera"};
  auto writer = open();
  writer->keep(end_of("camera", 1));
  // Not all at once, so that the file grows by lines and is written anew.
  for (auto round = 0; round < 10; ++round) {
    for (auto i = 0; i < 20; ++i)
      writer->keep(end_of("motor", round * 20 + i));
    finish(*writer);
    auto whole = false;
    auto count = read_ends(content(ends_file), whole).size();
    CAF_CHECK(count <= 2 * kept_ends * 2 + 1);
  }
  auto all = ends();
  forget_old_ends(all);
  CAF_REQUIRE_EQUAL(all.size(), kept_ends + 1);
  CAF_CHECK_EQUAL(all[0].process, "camera");
  CAF_CHECK_EQUAL(all[1].exit_code, 184);
  CAF_CHECK_EQUAL(all.back().exit_code, 199);
}

CAF_TEST(other processes may be known while the run goes on) {
  auto writer = open();
  writer->know({"camera"});
  writer->keep(end_of("motor", 1));
  writer->keep(end_of("camera", 2));
  // Until the file is written anew.
  for (auto round = 0; round < 10; ++round) {
    for (auto i = 0; i < 20; ++i)
      writer->keep(end_of("camera", i));
    finish(*writer);
  }
  auto all = ends();
  CAF_CHECK(!all.empty());
  for (const auto& each : all)
    CAF_CHECK_EQUAL(each.process, "camera");
}

CAF_TEST(a process that is configured no longer is forgotten) {
  write(ends_file, as_record_line(as_json(end_of("old", 1))) + "torn");
  auto writer = open();
  writer->keep(end_of("motor", 1));
  finish(*writer);
  auto all = ends();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].process, "motor");
}

CAF_TEST(what is appended does not become a part of a torn line) {
  auto line = as_record_line(as_json(end_of("motor", 1)));
  write(ends_file, line + line.substr(0, 30));
  auto writer = open();
  writer->keep(end_of("motor", 2));
  finish(*writer);
  CAF_CHECK_EQUAL(ends().size(), 2u);
}

CAF_TEST(files that are nonsense or no files are told and written over) {
  std::string random;
  for (auto i = 0; i < 100'000; ++i)
    random += static_cast<char>(i * 7919 >> 3);
  write(ends_file, random);
  write(stops_file, random);
  fs::create_directory(path + '/' + runs_file + ".d");
  fs::create_symlink("/etc/passwd", path + '/' + runs_file);
  auto writer = open();
  writer->begin();
  writer->keep(end_of("motor", 1));
  writer->keep(stopped(""));
  finish(*writer);
  CAF_CHECK(events->has("Records could not be read"));
  CAF_CHECK_EQUAL(ends().size(), 1u);
  CAF_CHECK_EQUAL(history().runs.size(), 1u);
  CAF_CHECK(!fs::is_symlink(path + '/' + runs_file));
}

CAF_TEST(a file that is too large is not read) {
  write(ends_file, "");
  fs::resize_file(path + '/' + ends_file, record_file::max_size + 1);
  auto writer = open();
  writer->keep(end_of("motor", 1));
  finish(*writer);
  CAF_CHECK(events->has("Records could not be read"));
  CAF_CHECK_EQUAL(ends().size(), 1u);
}

CAF_TEST(a run that was killed is given its end by the next) {
  leave_a_run(read_boot_id());
  auto before = history();
  CAF_REQUIRE(before.runs.at(0).end);
  CAF_CHECK(!before.runs[0].end->in_order);
  auto writer = open();
  writer->begin();
  finish(*writer);
  auto told = event("Previous run did not end in order");
  CAF_CHECK(told.level == log_level::warning);
  CAF_CHECK(std::get<std::string>(told.fields.at(0).value)
              .starts_with("the runtime was killed"));
  auto runs = history().runs;
  CAF_REQUIRE_EQUAL(runs.size(), 2u);
  CAF_CHECK(runs[0].end->reason == before.runs[0].end->reason);
  // Of that there is a line now: the next start has nothing to tell.
  writer.reset();
  events->clear();
  writer = open();
  writer->begin();
  finish(*writer);
  CAF_CHECK(!events->has("Previous run did not end in order"));
}

CAF_TEST(a run before the last boot ended when the machine went down) {
  leave_a_run("another");
  auto end = history().runs.at(0).end;
  CAF_REQUIRE(end && end->reason.starts_with("the machine went down"));
  // It has lived until its file was written.
  CAF_CHECK(std::chrono::system_clock::now() - end->time < 1min);
}

CAF_TEST(a runtime that lives has no end) {
  auto writer = open();
  writer->begin();
  finish(*writer);
  CAF_CHECK(!history().runs.at(0).end);
  CAF_CHECK(still_runs(settings.run, read_boot_id()));
}

CAF_TEST(a latch that is there or cannot be read counts) {
  write("latch.json", "");
  CAF_CHECK(history().latched);
  CAF_CHECK(!history().latched_at);
  write("latch.json", "{\"time\":\"2026-05-01T00:00:00Z\",\"cause\":\"smoke\","
                      "\"exit_code\":255,\"user\":\"me\"}\n");
  CAF_CHECK(history().latched_at);
  CAF_CHECK_EQUAL(history().latch_cause, "smoke");
  fs::remove(path + "/latch.json");
  CAF_CHECK(!history().latched);
  fs::create_directory(path + "/latch.json");
  CAF_CHECK(history().latched);
}

CAF_TEST(a directory that cannot be written is told once and once it can) {
  auto writer = open();
  writer->begin();
  finish(*writer);
  // In the place of the file, and of the one that replaces it.
  auto file = path + '/' + ends_file;
  fs::create_directory(file);
  fs::create_directory(file + ".new");
  for (auto i = 0; i < 5; ++i) {
    writer->keep(end_of("motor", i));
    finish(*writer);
  }
  wait_for_held({true});
  CAF_CHECK_EQUAL(events->count("Unhandled error"), 1u);
  fs::remove(file);
  fs::remove(file + ".new");
  wait_for_held({true, false});
  CAF_CHECK_EQUAL(events->count("State directory can be written again"), 1u);
  finish(*writer);
  CAF_CHECK_EQUAL(ends().size(), 5u);
}

CAF_TEST(what waits beyond the queue is lost and counted) {
  std::mutex disk;
  std::unique_lock slow{disk};
  settings.last_lines = [&](int32_t) {
    std::lock_guard guard{disk};
    return std::vector<std::string>{};
  };
  auto writer = open();
  for (auto i = 0; i < 2'100; ++i)
    writer->keep(end_of("motor", i));
  writer->keep(stopped(""));
  slow.unlock();
  finish(*writer);
  auto lost = event("Records lost");
  // The first are with the thread when the others come, however many.
  auto count = std::get<uint64_t>(lost.fields.at(0).value);
  CAF_CHECK(count >= 100 && count <= 1'100);
  CAF_CHECK_EQUAL(writer->stops().count, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace record_writer_suite
