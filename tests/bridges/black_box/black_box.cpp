// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE black_box

#include "bridges/black_box/black_box.hpp"

#include <caf/test/dsl.hpp>

#include <filesystem>
#include <fstream>

#include "bridges/black_box/record_directory.hpp"
#include "bridges/black_box/ring_export.hpp"
#include "messages/log/log_event.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/mcap_file.hpp"
#include "tests/support/private_motor.hpp"
#include "tests/support/recording_log_output.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace black_box_suite {

namespace fs = std::filesystem;

namespace {

constexpr auto patience = 20s;

struct fixture {
  temporary_folder folder;
  std::string memory = folder.file("black-box");
  std::string directory = folder.file("state/records");
  std::shared_ptr<recording_log_output> events
    = std::make_shared<recording_log_output>();
  std::shared_ptr<black_box> box;

  black_box_settings settings() {
    black_box_settings result;
    result.memory = memory;
    result.size = ring_format::min_size;
    result.run = {.app = "rover", .version = "1", .started = "then", .pid = 17};
    result.run.keep = 60s;
    result.directory = directory;
    result.max_files = 3;
    result.log = {events, "rover"};
    return result;
  }

  void open(black_box_settings how) {
    auto made = black_box::make(std::move(how));
    CAF_REQUIRE(made);
    box = std::move(*made);
  }

  void open() {
    open(settings());
  }

  static std::shared_ptr<const log_event> event(const std::string& text) {
    log_event result;
    result.event = text;
    result.app = "rover";
    result.timestamp = std::chrono::system_clock::now();
    return std::make_shared<const log_event>(std::move(result));
  }

  static robot_stopped stopped(int32_t exit_code, const char* reason,
                               const char* process = "") {
    robot_stopped result;
    result.exit_code = exit_code;
    result.reason = reason;
    result.process = process;
    return result;
  }

  void finish(const robot_stopped& how) {
    box->end(how);
    box->finish(how.exit_code, patience);
  }

  /// The only file there is.
  mcap_file file() {
    auto names = list_records(directory);
    CAF_REQUIRE_EQUAL(names.size(), 1u);
    auto result = mcap_file::read(directory + '/' + names[0]);
    CAF_CHECK_EQUAL(result.problems, std::vector<std::string>{});
    CAF_CHECK(!result.torn);
    return result;
  }

  std::string only_name() {
    auto names = list_records(directory);
    return names.size() == 1 ? names[0].substr(21) : "";
  }

  static std::vector<std::string> messages_of(const mcap_file& from) {
    std::vector<std::string> result;
    for (const auto& each : from.on("/log"))
      result.push_back(each["message"]);
    return result;
  }

  bool is_kept(std::string_view text) {
    auto reader = ring_reader::open(memory);
    auto all = reader ? (*reader)->read() : reader.error();
    return all
           && std::any_of(all->records.begin(), all->records.end(),
                          [&](const auto& x) {
                            return x.text.find(text) != x.text.npos;
                          });
  }
};

using texts = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(black_box_tests, fixture)

CAF_TEST(a stop that a person has asked for leaves no file) {
  open();
  box->on_log(event("hello"));
  finish(stopped(0, "SIGTERM"));
  CAF_CHECK(!fs::exists(directory));
  open();
  finish(stopped(0, "SIGTERM"));
  CAF_CHECK(!fs::exists(directory));
}

CAF_TEST(a failure leaves a file with all that was told) {
  open();
  box->on_log(event("hello"));
  auto status = std::make_shared<const json>(json{{"name", "rover"}});
  box->on_state({1, status, status, {}});
  control_view control;
  control.driver = "pilot";
  box->on_control(control);
  box->on_log(event("the end"));
  finish(stopped(1, "process motor exited with code 3", "motor"));
  CAF_CHECK_EQUAL(only_name(), "failure.mcap");
  auto all = file();
  CAF_CHECK_EQUAL(messages_of(all), (texts{"hello", "the end"}));
  CAF_REQUIRE_EQUAL(all.on("/robot/state").size(), 1u);
  CAF_CHECK_EQUAL(all.on("/robot/state")[0].value("name", ""), "rover");
  CAF_REQUIRE_EQUAL(all.on("/control").size(), 1u);
  CAF_CHECK_EQUAL(all.on("/control")[0].value("driver", ""), "pilot");
  auto& about = all.metadata[record_metadata_name];
  CAF_CHECK_EQUAL(about["cause"], "process motor exited with code 3");
  CAF_CHECK_EQUAL(about["started"], "then");
  CAF_CHECK_EQUAL(about["pid"], "17");
  CAF_CHECK(find_record(directory, "then", 17));
  CAF_CHECK_EQUAL(box->last_file(), std::string{list_records(directory)[0]});
  // What has been written is not written again.
  open();
  finish(stopped(0, "SIGTERM"));
  CAF_CHECK_EQUAL(list_records(directory).size(), 1u);
}

CAF_TEST(an emergency stop is told with its cause and what comes after it) {
  open();
  box->on_log(event("before"));
  box->on_stopped({{"motor", "", 255, 99}, 120});
  CAF_CHECK(eventually([&] {
    std::error_code not_there;
    return !fs::is_empty(directory, not_there) && !not_there;
  }));
  box->on_log(event("after"));
  auto end = stopped(255, "emergency stop by process motor", "motor");
  end.signal_latency_us = 120;
  finish(end);
  CAF_CHECK_EQUAL(only_name(), "emergency-stop.mcap");
  auto all = file();
  CAF_CHECK_EQUAL(messages_of(all), (texts{"before", "after"}));
  CAF_CHECK_EQUAL(all.metadata[record_metadata_name]["cause"],
                  "process motor exited with code 255");
}

CAF_TEST(the name of the file tells what the end was) {
  for (auto [end, name] :
       {std::pair{stopped(1, "forced by a second signal"), "forced-stop.mcap"},
        std::pair{stopped(0, "process mission has finished", "mission"),
                  "stop.mcap"}}) {
    open();
    box->on_log(event("x"));
    finish(end);
    CAF_CHECK_EQUAL(only_name(), name);
    fs::remove_all(directory);
  }
  open();
  box->on_log(event("x"));
  box->finish(1, patience);
  CAF_CHECK_EQUAL(only_name(), "failure.mcap");
}

CAF_TEST(what a killed run has left is written by the next) {
  open();
  box->on_log(event("the last words"));
  CAF_CHECK(eventually([&] { return is_kept("the last words"); }));
  // As it is when this process is killed now.
  fs::copy_file(memory, folder.file("copy"));
  finish(stopped(0, "SIGTERM"));
  fs::rename(folder.file("copy"), memory);
  open();
  CAF_CHECK(eventually(
    [&] { return events->has("Black box of an earlier run written"); }));
  CAF_CHECK_EQUAL(messages_of(file()), texts{"the last words"});
  CAF_CHECK_EQUAL(only_name(), "killed.mcap");
  CAF_CHECK(!fs::exists(memory + ".left-1"));
  finish(stopped(0, "SIGTERM"));
  CAF_CHECK_EQUAL(list_records(directory).size(), 1u);
}

CAF_TEST(a file that cannot be written is written by the next run) {
  folder.write("state", "no directory");
  open();
  box->on_log(event("the last words"));
  finish(stopped(1, "a failure"));
  CAF_CHECK(events->has("Black box not written"));
  fs::remove(folder.file("state"));
  open();
  CAF_CHECK(eventually([&] { return only_name() == "failure.mcap"; }));
  CAF_CHECK_EQUAL(messages_of(file()), texts{"the last words"});
  finish(stopped(0, "SIGTERM"));
}

CAF_TEST(a memory that cannot be written keeps nobody from anything) {
  auto how = settings();
  how.memory = folder.file("none/black-box");
  open(std::move(how));
  CAF_CHECK(
    eventually([&] { return events->has("Black box cannot be kept"); }));
  box->on_log(event("x"));
  box->on_stopped({{"motor", "", 255, 99}, 120});
  finish(stopped(1, "a failure"));
  CAF_CHECK(!fs::exists(directory));
}

CAF_TEST(what an enemy has put in its place is taken away) {
  for (const auto* bytes : {"", "no ring", "\x01rRBox\x01\0"}) {
    folder.write("black-box", bytes);
    open();
    box->on_log(event("x"));
    CAF_CHECK(eventually([&] { return is_kept("\"x\""); }));
    finish(stopped(0, "SIGTERM"));
  }
  fs::remove(memory);
  fs::create_symlink(folder.file("mine"), memory);
  folder.write("mine", "mine");
  open();
  box->on_log(event("x"));
  CAF_CHECK(eventually([&] { return is_kept("\"x\""); }));
  CAF_CHECK_EQUAL(fs::file_size(folder.file("mine")), 4u);
}

CAF_TEST(the oldest files go) {
  for (auto i = 0; i < 5; ++i) {
    open();
    box->on_log(event("run " + std::to_string(i)));
    finish(stopped(1, "a failure"));
  }
  CAF_CHECK_EQUAL(list_records(directory).size(), 3u);
}

CAF_TEST(values of devices are kept when they change) {
  private_motor motor;
  auto with_devices = settings();
  with_devices.devices = motor.sampler();
  open(std::move(with_devices));
  CAF_CHECK(motor.device.set("speed", 1.5));
  CAF_CHECK(eventually([&] { return is_kept("1.5"); }));
  CAF_CHECK(motor.device.set("speed", 2.5));
  CAF_CHECK(eventually([&] { return is_kept("2.5"); }));
  finish(stopped(1, "a failure"));
  auto values = file().on("/devices/left");
  CAF_REQUIRE_GREATER_OR_EQUAL(values.size(), 2u);
  CAF_CHECK_EQUAL(values.back().at("current").value("speed", 0.0), 2.5);
}

CAF_TEST(what comes faster than it is kept is counted) {
  open();
  for (size_t i = 0; i < 4 * black_box::queue; ++i)
    box->on_log(event("flood"));
  finish(stopped(1, "a failure"));
  auto all = file();
  auto counts = all.metadata["robot-runtime-counts"];
  CAF_CHECK_GREATER(std::stoul(counts["messages"]), 0u);
  CAF_CHECK_EQUAL(counts.count("lost"), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace black_box_suite
