// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE reread_configuration

#include "app/config/reread_configuration.hpp"

#include <fstream>

#include <sys/stat.h>

#include "app/config/option_table.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace reread_configuration_suite {
namespace {

using texts = std::vector<std::string>;

const std::string process = "[process.a]\ncommand = [\"/bin/true\"]\n";

/// A runtime that runs what its file says at first.
struct fixture {
  temporary_folder folder;
  std::string path = folder.file("robot.ini");
  texts arguments{"--config-file=" + path};
  options::environment env{{"HOME", "/nowhere"}, {"PATH", "/usr/bin:/bin"}};
  configuration running;

  void write(const std::string& text, const std::string& name = "robot.ini") {
    std::ofstream{folder.file(name)} << text;
  }

  void run(const std::string& text) {
    write(text);
    auto reading = read_configuration(
      option_sources::gather(arguments, env, std::chrono::seconds{1}));
    for (const auto& each : reading.problems)
      CAF_MESSAGE(to_string(each));
    CAF_REQUIRE(!reading.bad());
    running = reading.value;
  }

  configuration_read read() {
    return reread_configuration(arguments, env, running);
  }

  /// The problems, with `FILE` and `FOLDER` for names.
  texts problems() {
    auto result = read().problems;
    for (auto& text : result)
      for (auto [from, to] :
           {std::pair{path, "FILE"}, {folder.path().string(), "FOLDER"}})
        for (auto i = text.find(from); i != text.npos; i = text.find(from))
          text.replace(i, from.size(), to);
    return result;
  }

  texts problems(const std::string& text) {
    write(text);
    return problems();
  }
};

const std::string no_restart
  = ", expected no change without a restart of the runtime";

} // namespace

CAF_TEST_FIXTURE_SCOPE(reread_configuration_tests, fixture)

CAF_TEST(processes are read again and nothing else may change) {
  run(process);
  write(process + "nice = 5\n[process.b]\ncommand = [\"/bin/true\"]\n");
  auto fact = read();
  CAF_CHECK(fact.problems.empty());
  CAF_REQUIRE_EQUAL(fact.processes.size(), 2u);
  CAF_CHECK_EQUAL(fact.processes[0].limits.nice, 5);
  CAF_CHECK_EQUAL(fact.processes[1].name, "b");
  CAF_CHECK(
    (problems("[log]\nlevel = \"error\"\nqueue = 7\n" + process)
     == texts{"FILE:2: [log] level: is \"error\", was \"info\"" + no_restart,
              "FILE:3: [log] queue: is 7, was 512" + no_restart}));
}

CAF_TEST(every option that is none of a process needs a restart) {
  run(process);
  for (const auto& row : option_table()) {
    CAF_MESSAGE(full_name(row));
    auto now = running;
    auto& values = const_cast<caf::settings&>(now.opts.values());
    caf::put(values, full_name(row), int64_t{-77});
    auto needs = restart_needs(running, now.opts, {}, {});
    // A level that nobody gives is that of `application.debug`.
    if (full_name(row) == "log.level") {
      CAF_CHECK(needs.empty());
      continue;
    }
    CAF_REQUIRE_EQUAL(needs.size(), 1u);
    CAF_CHECK_EQUAL(needs[0].group, row.group);
    CAF_CHECK_EQUAL(needs[0].key, row.key);
  }
}

CAF_TEST(a key that is there no more is named with the file) {
  run("[log]\nqueue = 7\n[scheduler]\nmax-threads = 3\n" + process);
  CAF_CHECK(
    (problems(process)
     == texts{"FILE: [log] queue: is 512, was 7" + no_restart,
              "FILE: [scheduler] max-threads: is 2, was 3" + no_restart}));
}

CAF_TEST(a way to write the same changes nothing) {
  run("[log]\nlevel = \"warn\"\n[client]\ntimeout = 5s\n" + process);
  write("; a remark\n" + process
        + "[client]\ntimeout = 5000ms\n[log]\nqueue = 512\n"
          "level = \"warning\"\n");
  CAF_CHECK(problems().empty());
}

CAF_TEST(application debug is told without the level that it sets) {
  run(process);
  auto all = problems("[application]\ndebug = true\n" + process);
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK(all[0].starts_with("warning: FILE:2: [application] debug: "));
  CAF_CHECK_EQUAL(all[1], "FILE:2: [application] debug: is true, was false"
                            + no_restart);
}

CAF_TEST(all that is wrong is told at once) {
  run(process);
  auto all = problems("[log]\nqueue = 0\n[health]\ninterval = 1s\n" + process
                      + "colour = 1\n");
  CAF_REQUIRE_EQUAL(all.size(), 3u);
  CAF_CHECK(all[0].starts_with("FILE:2: [log] queue: "));
  CAF_CHECK(all[1].starts_with("FILE:7: [process.a] colour: unknown key"));
  CAF_CHECK_EQUAL(all[2],
                  "FILE:4: [health] interval: is 1s, was 60s" + no_restart);
}

CAF_TEST(of a file that cannot be read only that is told) {
  run("[log]\nqueue = 7\n" + process);
  std::filesystem::remove(path);
  CAF_CHECK(
    (problems() == texts{"FILE: cannot read FILE: no such file or directory"}));
}

CAF_TEST(a pipe is not read again) {
  run(process);
  std::filesystem::remove(path);
  CAF_REQUIRE_EQUAL(::mkfifo(path.c_str(), 0600), 0);
  CAF_CHECK((problems()
             == texts{"FILE: is no regular file, expected one: nothing else "
                      "can be read again"}));
}

CAF_TEST(a catalog that says something else needs a restart) {
  const std::string catalog = "motor:\n  params:\n    - {name: speed, type: ";
  write(catalog + "float}\n", "catalog.yaml");
  auto text = "[device]\ncatalog = \"catalog.yaml\"\n" + process;
  run(text);
  CAF_CHECK(problems().empty());
  write(catalog + "double}\n", "catalog.yaml");
  CAF_CHECK((problems()
             == texts{"FILE:2: [device] catalog: what it says has changed"
                      + no_restart}));
  write("motor: 7\n", "catalog.yaml");
  auto bad = problems();
  CAF_REQUIRE_EQUAL(bad.size(), 1u);
  CAF_CHECK(bad[0].starts_with("FOLDER/catalog.yaml:1: [motor]"));
}

CAF_TEST(a first bound on memory needs a restart) {
  run(process);
  CAF_CHECK((problems(process + "memory-max = 1000000000\n")
             == texts{"FILE:3: [process.a] memory-max: no process had one at "
                      "the start"
                      + no_restart}));
  run(process + "memory-max = 1000000000\n");
  CAF_CHECK(problems(process + "memory-max = 2000000000\n").empty());
}

CAF_TEST(command line and environment are those of the start) {
  arguments.push_back("--log.queue=9");
  arguments.push_back("--process.b.command=/bin/true");
  env["RR_HEALTH_INTERVAL"] = "9s";
  run(process);
  // They count more than the file.
  write("[log]\nqueue = 5\n[health]\ninterval = 1s\n" + process);
  auto fact = read();
  CAF_CHECK(fact.problems.empty());
  CAF_CHECK_EQUAL(fact.processes.size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace reread_configuration_suite
