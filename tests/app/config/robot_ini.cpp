// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE robot_ini

#include <algorithm>
#include <fstream>
#include <sstream>

#include "app/config/config_file.hpp"
#include "app/config/option_value.hpp"
#include "app/config/options.hpp"
#include "tests/paths.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace robot_ini_suite {
namespace {

const std::string path = RR_SOURCE_DIR "/config/robot.ini";

const std::string low_latency = RR_SOURCE_DIR "/config/low-latency.ini";

const std::string low_power = RR_SOURCE_DIR "/config/low-power.ini";

std::string content(const std::string& name) {
  std::ifstream in{name};
  std::ostringstream result;
  result << in.rdbuf();
  return result.str();
}

/// The commented-out example, without its comment signs.
std::string example() {
  std::istringstream in{content(path)};
  std::string result;
  auto inside = false;
  for (std::string line; std::getline(in, line);) {
    inside = inside || line.starts_with("; [process.");
    if (inside && line.starts_with("; "))
      result += line.substr(2) + '\n';
  }
  return result;
}

const config_entry* find(const config_file& file, std::string_view group,
                         std::string_view key) {
  auto i = std::ranges::find_if(file.entries, [=](const config_entry& x) {
    return x.group == group && x.key == key;
  });
  return i != file.entries.end() ? &*i : nullptr;
}

} // namespace

CAF_TEST(the manual has every option with its default) {
  auto file = parse_config(content(path));
  for (auto& row : option_table()) {
    CAF_MESSAGE("[" << std::string{row.group} << "] " << std::string{row.key});
    auto entry = find(file, row.group, row.key);
    CAF_REQUIRE(entry != nullptr);
    CAF_CHECK_EQUAL(entry->value, initial_value(row));
    CAF_CHECK(check_value(row, entry->value));
  }
  // And beside them the tuning of the actor system.
  CAF_CHECK_EQUAL(file.entries.size(), option_table().size() + 3);
  CAF_CHECK(find(file, "scheduler", "policy") != nullptr);
  CAF_CHECK(find(file, "scheduler", "max-threads") != nullptr);
  CAF_CHECK(find(file, "scheduler", "max-throughput") != nullptr);
}

CAF_TEST(the manual changes nothing and has nothing wrong) {
  auto plain = options::read({}, {{"HOME", "/home/robot"}});
  auto manual = options::read({"--config-file=" + path},
                              {{"HOME", "/home/robot"}});
  CAF_CHECK(manual.problems().empty());
  CAF_CHECK_EQUAL(manual.values(), plain.values());
  CAF_CHECK_EQUAL(manual.actor_system(), plain.actor_system());
}

CAF_TEST(the example has every key of a process with its default) {
  auto file = parse_config(example());
  CAF_CHECK(file.faults.empty());
  CAF_CHECK_EQUAL(file.sections.size(), 1u);
  CAF_CHECK_EQUAL(file.entries.size(), process_table().size());
  for (auto& row : process_table()) {
    CAF_MESSAGE(std::string{row.key});
    auto entry = find(file, "process.camera", row.key);
    CAF_REQUIRE(entry != nullptr);
    CAF_CHECK(check_value(row, entry->value));
    if (!row.required)
      CAF_CHECK_EQUAL(entry->value, initial_value(row));
  }
}

CAF_TEST(every option is explained above it) {
  for (auto& text :
       {content(path), example(), content(low_latency), content(low_power)}) {
    std::istringstream in{text};
    std::string previous;
    for (std::string line; std::getline(in, line); previous = line)
      if (!line.empty() && !line.starts_with(';') && !line.starts_with('['))
        CAF_CHECK(previous.starts_with("; "));
  }
}

CAF_TEST(the compatible profile has the addresses of the Python runtime) {
  auto x = options::read(
    {"--config-file=" RR_SOURCE_DIR "/config/compatible.ini"}, {});
  CAF_CHECK(x.problems().empty());
  using texts = std::vector<std::string>;
  CAF_CHECK_EQUAL(x.get<texts>("router.frontend"),
                  (texts{"tcp://*:6000", "ipc:///tmp/rt-rpc.sock"}));
  CAF_CHECK_EQUAL(x.get<texts>("router.backend"),
                  (texts{"ipc:///tmp/rt-srv.sock"}));
  CAF_CHECK_EQUAL(x.get<texts>("log.frontend"), (texts{"tcp://*:6001"}));
  CAF_CHECK_EQUAL(x.get<texts>("log.backend"),
                  (texts{"ipc:///tmp/rt-log.sock"}));
  CAF_CHECK_EQUAL(x.get<std::string>("control.address"),
                  "udp://localhost:6002");
  CAF_CHECK_EQUAL(x.get<std::string>("update.interface"), "");
}

CAF_TEST(the other profiles have nothing wrong and no default) {
  for (auto& profile : {low_latency, low_power}) {
    CAF_MESSAGE(profile);
    CAF_CHECK(
      options::read({"--config-file=" + profile}, {}).problems().empty());
    auto file = parse_config(content(profile));
    CAF_CHECK(!file.entries.empty());
    for (auto& entry : file.entries) {
      auto row = find_option(entry.group, entry.key);
      CAF_CHECK(row == nullptr || !(entry.value == initial_value(*row)));
    }
  }
}

} // namespace robot_ini_suite
