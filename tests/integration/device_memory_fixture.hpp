// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "bridges/catalog/catalog_file.hpp"
#include "tests/integration/program.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

namespace rr::test {

inline constexpr auto catalog_text = R"(
motor:
  device_id: 13
  params:
    - {name: power, type: float, writeable: true, lower: -1, upper: 1, safe: 0.25}
    - {name: speed, type: float}
    - {name: pulse, type: uint16, writeable: true}
    - {name: label, type: 'char[8]'}
gamepad:
  params:
    - {name: button_a, type: bool}
)";

struct device_memory_fixture {
  static inline int count = 0;

  temporary_folder folder;
  std::string prefix = "t" + std::to_string(::getpid()) + "-run-"
                       + std::to_string(++count);
  catalog types = read_catalog(catalog_text).value;
  device_uid left{13, 1, 99};
  std::string uid = to_string(left);
  std::string extra;

  ~device_memory_fixture() {
    remove_buffers(prefix);
    // What a runtime leaves that was killed, or forced to end.
    remove_segment(robot_state_name(prefix));
  }

  /// Written once for each `extra`: a runtime may be about to read it.
  std::string configuration() {
    auto name = "robot-" + std::to_string(extra.size()) + ".ini";
    if (std::filesystem::exists(folder.file(name)))
      return folder.file(name);
    return folder.write(
      name, "[router]\nfrontend = [\"ipc://RUNTIME/rpc.sock\"]\n"
            "[device]\ncatalog = \""
              + folder.write("catalog.yaml", catalog_text) + "\"\nprefix = \""
              + prefix + "\"\nnames = { left = \"" + uid + "\" }\n" + extra);
  }

  std::vector<std::string> arguments(std::vector<std::string> words,
                                     const std::string& runtime = "run") {
    words.push_back("--config-file=" + configuration());
    words.push_back("--application.runtime-directory=" + folder.file(runtime));
    words.push_back("--application.state-directory=" + folder.file("state"));
    return words;
  }

  std::unique_ptr<program> start(const std::string& runtime = "run") {
    return std::make_unique<program>(arguments({"run"}, runtime));
  }

  /// Waits until the runtime answers calls.
  void wait_for(const std::string& runtime = "run") {
    for (auto tries = 0; tries < 100; ++tries)
      if (program{arguments({"call", "ping", "--timeout=5s"}, runtime)}.wait()
          == 0)
        return;
    CAF_FAIL("the runtime does not answer");
  }

  struct outcome {
    int exit_code;
    std::string output;
    /// Without warnings.
    std::string faults;
    std::string errors;
  };

  outcome tool(std::vector<std::string> words) {
    program result{arguments(std::move(words))};
    auto exit_code = result.wait();
    return {exit_code, result.output(), result.faults(), result.errors()};
  }

  /// What a command prints, as JSON; it must succeed.
  program::json result_of(std::vector<std::string> words) {
    auto done = tool(std::move(words));
    CAF_CHECK_EQUAL(done.exit_code, 0);
    CAF_CHECK_EQUAL(done.errors, "");
    return program::json::parse(done.output, nullptr, false);
  }

  /// What a command says when it fails at run time, in one line.
  std::string failure_of(std::vector<std::string> words) {
    auto done = tool(std::move(words));
    CAF_CHECK_EQUAL(done.exit_code, 1);
    CAF_CHECK_EQUAL(done.output, "");
    CAF_CHECK_EQUAL(std::count(done.errors.begin(), done.errors.end(), '\n'),
                    1);
    return done.errors;
  }

  shared_buffer::pointer make_motor() {
    auto result = shared_buffer::create({prefix, {"motor", left}},
                                        *types.find("motor"));
    CAF_REQUIRE(result);
    return *result;
  }
};

/// What was read, or the error's text.
inline json read(const caf::expected<device_value>& result) {
  return result ? *result : json(describe(result.error()));
}

} // namespace rr::test
