// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE options_problems

#include "app/config/options.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/options_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;

namespace options_problems_suite {

CAF_TEST_FIXTURE_SCOPE(options_problems_tests, options_fixture)

CAF_TEST(every problem of a file is told at once in its order) {
  auto found = problems("[log]\nlevel = \"inof\"\n[ruoter]\nx = 1\n"
                        "[router]\nqeue = 1\nqueue = \"5\"\nmax-message 5\n"
                        "[health]\ninterval = 0s\n");
  CAF_CHECK_EQUAL(
    found,
    (texts{
      "FILE:2: [log] level: \"inof\" is unknown, expected debug, info, "
      "warning (or warn), error or critical, did you mean \"info\"?",
      "FILE:3: [ruoter]: unknown section, did you mean \"router\"?",
      "FILE:6: [router] qeue: unknown key, did you mean \"queue\"?",
      "FILE:7: [router] queue: \"5\" is text, expected an integer from 1 "
      "to 2147483647",
      "FILE:8: [router] max-message: `max-message 5` cannot be read, "
      "expected [section], key = value or ; comment",
      "FILE:10: [health] interval: 0s is out of range, expected a duration "
      "above zero such as 250ms"}));
}

CAF_TEST(a value that cannot be read is told with what was expected) {
  CAF_CHECK_EQUAL(problems("[log]\nlevel = info\n"),
                  (texts{"FILE:2: [log] level: `info` is no value (text stands "
                         "in double quotes), expected debug, info, warning (or "
                         "warn), error or critical"}));
  CAF_CHECK_EQUAL(problems("[log]\nqueue = 99999999999999999999\n"),
                  (texts{"FILE:2: [log] queue: `99999999999999999999` is "
                         "beyond 64 bits, expected an integer from 1 to "
                         "2147483647"}));
}

CAF_TEST(a key before any section and a section of no kind are errors) {
  CAF_CHECK_EQUAL(problems("x = 1\n"),
                  (texts{"FILE:1: x: stands before any section, expected "
                         "[section] above it"}));
  CAF_CHECK(read("[global]\n").bad());
  CAF_CHECK(read("[process]\n").bad());
  CAF_CHECK(read("[router.x]\n").bad());
  CAF_CHECK_EQUAL(problems("[proces.x]\n"),
                  (texts{"FILE:1: [proces.x]: unknown section, did you mean "
                         "\"process.x\"?"}));
}

CAF_TEST(mistakes of the command line and the environment are told) {
  env["RR_LOG_QUEUE"] = "many";
  env["RR_NO_SUCH_OPTION"] = "1";
  auto x = options::read({"--log.levle=info", "--router.queue=0", "-v",
                          "--lgo.level=info", "--config-flie=x"},
                         env);
  auto found = problems(x);
  CAF_REQUIRE_EQUAL(found.size(), 6u);
  CAF_CHECK_EQUAL(found[0],
                  "environment: [log] queue: `many` is no value (text stands "
                  "in double quotes), expected an integer from 1 to "
                  "2147483647");
  auto has = [&](std::string_view text) {
    return std::ranges::find(found, text) != found.end();
  };
  CAF_CHECK(has("command line: [log] levle: unknown key, did you mean "
                "\"level\"?"));
  CAF_CHECK(has("command line: [router] queue: 0 is out of range, expected an "
                "integer from 1 to 2147483647"));
  CAF_CHECK(has("command line: \"-v\" is no option, expected "
                "--group.key=value"));
  CAF_CHECK(has("command line: [lgo] level: unknown section, did you mean "
                "\"log\"?"));
  CAF_CHECK(has("command line: config-flie: unknown option, did you mean "
                "\"config-file\"?"));
}

CAF_TEST(a mistake of the command line is one line whatever it holds) {
  auto x = options::read({"--process.a\n\x1b[2J.nice=5", "--log.\nx=1",
                          "--\x01.x=1", "--process.a.\tx=1", "-\n"},
                         env);
  CAF_CHECK(x.problems().size() >= 5);
  for (const auto& text : problems(x))
    CAF_CHECK(std::ranges::none_of(text, [](char c) {
      return static_cast<unsigned char>(c) < 0x20;
    }));
}

CAF_TEST(what is out of range or alone is told) {
  auto found = [&](const std::string& text) {
    auto all = problems(text);
    return all.size() == 1 ? all[0] : caf::deep_to_string(all);
  };
  std::string child = "[process.a]\ncommand = [\"true\"]\n";
  CAF_CHECK_EQUAL(found(child + "cpu-affinity = [0, 1024]\n"),
                  "FILE:3: [process.a] cpu-affinity: 1024 is out of range, "
                  "expected a list of integers from 0 to 1023");
  CAF_CHECK_EQUAL(found(child + "nice = 20\n"),
                  "FILE:3: [process.a] nice: 20 is out of range, expected an "
                  "integer from -20 to 19");
  CAF_CHECK_EQUAL(
    found(child + "ready = \"probe\"\n"),
    "FILE:3: [process.a] ready: \"probe\" needs a probe, expected "
    "one beside it");
  CAF_CHECK_EQUAL(
    found(child + "no-new-privileges = 1\n"),
    "FILE:3: [process.a] no-new-privileges: 1 is of type integer, "
    "expected true or false");
  CAF_CHECK_EQUAL(found("[web]\naddress = \"ftp://x:1\"\n"),
                  "FILE:2: [web] address: \"ftp://x:1\" is neither "
                  "http://host:port nor https://host:port, expected "
                  "http://host:port, https://host:port or \"\"");
  CAF_CHECK_EQUAL(found("[web]\naddress = \"https://127.0.0.1:8443\"\n"),
                  "FILE:2: [web] address: https:// needs web.certificate and "
                  "web.key, expected both");
  CAF_CHECK_EQUAL(found("[web]\naddress = \"http://*:8080\"\n"),
                  "FILE:2: [web] address: \"http://*:8080\" is not loopback, "
                  "expected web.token-file beside it");
  CAF_CHECK_EQUAL(found("[emergency-stop]\nheartbeat = 200ms\n"),
                  "FILE:2: [emergency-stop] heartbeat: 200ms is more than "
                  "half of heartbeat-timeout, which is 100ms");
  CAF_CHECK_EQUAL(found("[emergency-stop]\nheartbeat-timeout = 39ms\n"),
                  "FILE:2: [emergency-stop] heartbeat-timeout: 39ms is less "
                  "than two heartbeats of 20ms each");
  CAF_CHECK_EQUAL(found("[emergency-stop]\nheartbeat-timeout = 40ms\n"), "[]");
  CAF_CHECK_EQUAL(found("[record]\nkeep = -1s\n"),
                  "FILE:2: [record] keep: -1s is out of range, expected a "
                  "duration of zero and up such as 250ms");
  CAF_CHECK_EQUAL(found("[record]\nmemory = 1000\n"),
                  "FILE:2: [record] memory: 1000 is out of range, expected an "
                  "integer from 262144 to 1073741824");
}

CAF_TEST(what lines of the log cannot be appended to is told) {
  temporary_folder folder;
  auto fifo = folder.file("fifo");
  CAF_REQUIRE_EQUAL(::mkfifo(fifo.c_str(), 0600), 0);
  auto link = folder.file("link");
  std::filesystem::create_symlink(fifo, link);
  auto base = folder.path().string();
  auto set = [](const std::string& file) {
    return "[log]\nfile = \"" + file + "\"\n";
  };
  auto rest = std::string{" and no regular file, expected another path"};
  CAF_CHECK_EQUAL(problems(set(base)), (texts{"FILE:2: [log] file: " + base
                                              + " is a directory" + rest}));
  CAF_CHECK_EQUAL(problems(set("/dev/null")),
                  (texts{"FILE:2: [log] file: /dev/null is a device" + rest}));
  CAF_CHECK_EQUAL(
    problems(options::read({"--log.file=" + link}, env)),
    (texts{"command line: [log] file: " + link + " is a FIFO" + rest}));
  env["RR_LOG_FILE"] = fifo;
  CAF_CHECK_EQUAL(
    problems(options::read({}, env)),
    (texts{"environment: [log] file: " + fifo + " is a FIFO" + rest}));
  // Who does not write it does not look at it.
  option_sources sources;
  sources.environment = env;
  CAF_CHECK_EQUAL(
    problems(options::read_needed(sources, {{"router.frontend"}})), texts{});
  env["RR_LOG_FILE"] = folder.write("robot.log", "");
  CAF_CHECK_EQUAL(problems(options::read({}, env)), texts{});
  env["RR_LOG_FILE"] = base + "/later/robot.log";
  CAF_CHECK_EQUAL(problems(options::read({}, env)), texts{});
}

CAF_TEST(text that is no UTF - 8 is an error wherever it comes from) {
  auto only = [&](const texts& all) {
    return all.size() == 1 ? all[0] : caf::deep_to_string(all);
  };
  CAF_CHECK_EQUAL(only(problems("[application]\nname = \"caf\xe9\"\n")),
                  "FILE:2: [application] name: \"caf\\xe9\" is not UTF-8, "
                  "expected text of 1 to 200 bytes without control characters");
  CAF_CHECK_EQUAL(only(problems("; caf\xe9\n")),
                  "FILE:1: holds a byte that is no UTF-8 (0xE9) in column 6, "
                  "expected UTF-8");
  CAF_CHECK(
    only(problems("[process.a]\ncommand = [\"true\", \"\xed\xa0\x80\"]\n"))
      .starts_with("FILE:2: [process.a] command: "
                   "\"\\xed\\xa0\\x80\" is not UTF-8"));
  CAF_CHECK(only(problems("[process.a]\ncommand = [\"true\"]\n"
                          "environment = { A = \"\xc0\xaf\" }\n"))
              .starts_with("FILE:3: [process.a] environment: \"\\xc0\\xaf\""));
  CAF_CHECK(only(problems(options::read({"--log.file=/\xff"}, env)))
              .starts_with("command line: [log] file: \"/\\xff\" is not"));
  env["XDG_RUNTIME_DIR"] = "/caf\xe9";
  if (::geteuid() != 0)
    CAF_CHECK(options::read({}, env).bad());
  env.erase("XDG_RUNTIME_DIR");
  env["OTHER"] = "caf\xe9";
  CAF_CHECK(options::read({}, env).problems().empty());
  env["RR_APPLICATION_NAME"] = "caf\xe9";
  CAF_CHECK(only(problems(options::read({}, env)))
              .starts_with("environment: [application] name: \"caf\\xe9\""));
  env.erase("RR_APPLICATION_NAME");
  temporary_folder folder;
  auto odd = folder.file("caf\xe9");
  std::filesystem::create_directory(odd);
  std::ofstream{odd + "/x.ini"} << "[log]\nfile = \"x.log\"\n";
  auto all = problems(options::read({"--config-file=" + odd + "/x.ini"}, env));
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK(all[0].ends_with("x.ini: lies at a path that is not UTF-8, "
                             "expected another name or folder"));
  CAF_CHECK(all[1].find("x.ini:2: [log] file: ") != std::string::npos);
}

CAF_TEST(a variable or a name that does nothing is told) {
  env["RR_LOG_LEVLE"] = "info";
  env["RR_NOT_OURS"] = "1";
  env["RR_DEVICE_NAMES"] = "{ }";
  CAF_CHECK_EQUAL(problems(options::read({}, env)),
                  (texts{"warning: environment: RR_LOG_LEVLE: is ignored, did "
                         "you mean \"RR_LOG_LEVEL\"?"}));
  env.clear();
  CAF_CHECK_EQUAL(problems("[device]\nnames = { arm = \"1\" }\n"),
                  (texts{"warning: FILE:2: [device] names: names devices that "
                         "nothing describes, expected device.catalog beside "
                         "it"}));
}

CAF_TEST(an option of the actor system that does nothing is told) {
  auto warning = [](const std::string& text) {
    return "warning: FILE:" + text;
  };
  auto no_module = std::string{": does nothing: this program does not load "
                               "that module of the actor system"};
  auto no_log = std::string{": does nothing: the actor system's library is "
                            "built without a log of its own"};
  CAF_CHECK_EQUAL(
    problems("[middleman]\nworkers = 2\n[openssl]\ncafile = \"x\"\n"
             "[logger]\nverbosity = 'trace'\nconsole = 'none'\n"
             "[work-stealing]\nmoderate-poll-attempts = 3\n"
             "[scheduler]\nprofiling-resolution = 10ms\n"
             "[stream]\nmax-batch-delay = 5ms\n"),
    (texts{
      warning("2: [middleman] workers" + no_module),
      warning("4: [openssl] cafile" + no_module),
      warning("6: [logger] verbosity" + no_log),
      warning("9: [work-stealing] moderate-poll-attempts: does nothing, "
              "expected scheduler.policy = 'stealing' beside it"),
      warning("11: [scheduler] profiling-resolution: does nothing, expected "
              "scheduler.enable-profiling = true beside it"),
      warning("13: [stream] max-batch-delay: does nothing: no actor of this "
              "program streams")}));
  CAF_CHECK_EQUAL(
    problems("[work-stealing]\nmoderate-poll-attempts = 3\n[scheduler]\n"
             "policy = 'stealing'\nenable-profiling = true\n"
             "profiling-resolution = 10ms\n[logger]\nverbosity = 'quiet'\n"),
    texts{});
  CAF_CHECK_EQUAL(
    problems(read("", {"--application.debug=true"})),
    (texts{"warning: command line: [application] debug: sets the log level "
           "alone: the actor system's library is built without diagnostics of "
           "its own"}));
}

CAF_TEST(what the actor system could not run with is an error) {
  auto refused = [&](const std::string& section, const std::string& entry) {
    auto found = problems('[' + section + "]\n" + entry + '\n');
    return !found.empty() && found[0].starts_with("FILE:2: ")
           && found[0].find(" is not allowed, expected ") != std::string::npos;
  };
  CAF_CHECK(refused("scheduler", "max-throughput = 0"));
  for (auto key : {"aggressive", "moderate", "relaxed"})
    CAF_CHECK(
      refused("work-stealing", std::string{key} + "-steal-interval = 0"));
  CAF_CHECK(refused("work-stealing", "moderate-sleep-duration = 1s"));
  CAF_CHECK(refused("work-stealing", "relaxed-sleep-duration = -1ms"));
  CAF_CHECK(!refused("work-stealing", "relaxed-sleep-duration = 0s"));
  CAF_CHECK(refused("stream", "max-batch-delay = 0s"));
  CAF_CHECK(refused("scheduler", "profiling-resolution = 0s"));
  CAF_CHECK(!refused("scheduler", "max-throughput = 1"));
}

CAF_TEST(an empty variable takes no lock away) {
  env["RR_WEB_TOKEN_FILE"] = "";
  CAF_CHECK(problems(options::read({}, env)).empty());
  CAF_CHECK_EQUAL(
    problems("[web]\ntoken-file = \"token\"\n"),
    (texts{"environment: [web] token-file: is empty, which would let everybody "
           "in, expected a path as text, or no such variable"}));
  // Neither does the variable that children get.
  env.erase("RR_WEB_TOKEN_FILE");
  std::string text = "[web]\ntoken-file = \"token\"\n[process.a]\n"
                     "command = [\"true\"]\n";
  auto given = [](const options& x) {
    return std::ranges::count_if(x.processes().at(0).environment, [](auto& y) {
      return y.starts_with("RR_WEB_TOKEN_FILE=");
    });
  };
  CAF_CHECK_EQUAL(given(read(text, {"--web.token-file="})), 0);
  CAF_CHECK_EQUAL(given(read("[process.a]\ncommand = [\"true\"]\n")), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace options_problems_suite
