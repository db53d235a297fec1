// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE options

#include "app/options.hpp"

#include <algorithm>
#include <fstream>

#include <unistd.h>

#include "app/child_environment.hpp"
#include "app/options_reader.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace {

using texts = std::vector<std::string>;

/// A configuration file with a name of its own, gone with the test.
struct fixture {
  std::string path;
  options::environment env{{"HOME", "/home/robot"}, {"PATH", "/usr/bin:/bin"}};

  ~fixture() {
    if (!path.empty())
      ::unlink(path.c_str());
  }

  options read(const std::string& text, texts arguments = {}) {
    if (path.empty()) {
      path = "/tmp/robot-runtime-test-XXXXXX";
      ::close(::mkstemp(path.data()));
    }
    std::ofstream{path} << text;
    arguments.push_back("--config-file=" + path);
    return options::read(arguments, env);
  }

  /// The problems, with `FILE` for the name of the file.
  texts problems(const options& x) {
    texts result;
    for (auto& problem : x.problems()) {
      auto text = to_string(problem);
      if (auto i = text.find(path); !path.empty() && i != text.npos)
        text.replace(i, path.size(), "FILE");
      result.push_back(text);
    }
    return result;
  }

  texts problems(const std::string& text) {
    return problems(read(text));
  }
};

std::string variable(const process_settings& process, std::string_view name) {
  for (auto& x : process.environment)
    if (x.starts_with(name) && x[name.size()] == '=')
      return x.substr(name.size() + 1);
  return "(none)";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(options_tests, fixture)

CAF_TEST(without any source everything has its default) {
  auto x = options::read({}, env);
  CAF_CHECK(x.problems().empty());
  CAF_CHECK_EQUAL(x.get<std::string>("application.name"), "robot");
  CAF_CHECK_EQUAL(x.get<int64_t>("emergency-stop.exit-code"), 255);
  CAF_CHECK_EQUAL(x.get<bool>("emergency-stop.latch"), true);
  CAF_CHECK_EQUAL(x.get<caf::timespan>("health.interval"),
                  caf::timespan{std::chrono::seconds{60}});
  CAF_CHECK_EQUAL(x.get<caf::settings>("client.options").size(), 1u);
  CAF_CHECK(x.processes().empty());
  CAF_CHECK_EQUAL(x.file(), "");
}

CAF_TEST(the command line comes before the environment before the file) {
  std::string text = "[router]\nqueue = 2\nmax-message = 2\n[log]\nqueue = 2\n";
  env["RR_ROUTER_QUEUE"] = "3";
  env["RR_ROUTER_MAX_MESSAGE"] = "3";
  auto x = read(text, {"--router.queue=4"});
  CAF_CHECK(x.problems().empty());
  CAF_CHECK_EQUAL(x.get<int64_t>("router.queue"), 4);
  CAF_CHECK_EQUAL(x.get<int64_t>("router.max-message"), 3);
  CAF_CHECK_EQUAL(x.get<int64_t>("log.queue"), 2);
}

CAF_TEST(the file comes from the command line or else the environment) {
  auto x = read("[log]\nqueue = 7\n");
  env["RR_CONFIG_FILE"] = path;
  CAF_CHECK_EQUAL(options::read({}, env).get<int64_t>("log.queue"), 7);
  env["RR_CONFIG_FILE"] = "/nonexistent";
  CAF_CHECK_EQUAL(read("[log]\nqueue = 8\n").get<int64_t>("log.queue"), 8);
  auto missing = options::read({}, env);
  CAF_CHECK(missing.bad());
  CAF_CHECK_EQUAL(problems(missing),
                  (texts{"/nonexistent: cannot read /nonexistent: no such file "
                         "or directory"}));
}

CAF_TEST(a long name of a file is told in full) {
  auto name = "/nonexistent/" + std::string(200, 'x');
  auto x = options::read({"--config-file=" + name}, env);
  CAF_CHECK_EQUAL(problems(x), (texts{name + ": cannot read " + name
                                      + ": no such file or directory"}));
}

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

CAF_TEST(lists come from the environment by words and warn is warning) {
  env["RR_ROUTER_FRONTEND"] = " tcp://127.0.0.1:1 \t ipc://RUNTIME/a ";
  env["RR_LOG_LEVEL"] = "warn";
  env["RR_APPLICATION_RUNTIME_DIRECTORY"] = "/run/x/";
  env["RR_CLIENT_OPTIONS"] = "{ no = 1 }";
  auto x = options::read({}, env);
  CAF_CHECK(x.problems().empty());
  CAF_CHECK_EQUAL(x.get<texts>("router.frontend"),
                  (texts{"tcp://127.0.0.1:1", "ipc:///run/x/a"}));
  CAF_CHECK_EQUAL(x.get<std::string>("log.level"), "warning");
  CAF_CHECK_EQUAL(x.get<caf::settings>("client.options").count("no"), 0u);
}

CAF_TEST(debug sets the level) {
  auto x = options::read({"--application.debug=true"}, env);
  CAF_CHECK_EQUAL(x.get<std::string>("log.level"), "debug");
}

CAF_TEST(the default directories follow user and environment) {
  auto root = default_directories::of(env, true, 0);
  CAF_CHECK_EQUAL(root.state, "/var/lib/robot-runtime");
  CAF_CHECK_EQUAL(root.runtime, "/run/robot-runtime");
  auto user = default_directories::of(env, false, 7);
  CAF_CHECK_EQUAL(user.state, "/home/robot/.local/state/robot-runtime");
  CAF_CHECK_EQUAL(user.runtime, "/tmp/robot-runtime-7");
  env["XDG_STATE_HOME"] = "/s";
  env["XDG_RUNTIME_DIR"] = "/r";
  user = default_directories::of(env, false, 7);
  CAF_CHECK_EQUAL(user.state, "/s/robot-runtime");
  CAF_CHECK_EQUAL(user.runtime, "/r/robot-runtime");
}

CAF_TEST(a socket must fit its directory) {
  auto x = options::read(
    {"--application.runtime-directory=/" + std::string(100, 'x')}, env);
  CAF_CHECK(x.bad());
  for (auto& text : problems(x))
    CAF_CHECK(text.starts_with("command line: ["));
}

CAF_TEST(the sections of the actor system are checked and handed over) {
  auto plain = options::read({}, env);
  CAF_CHECK_EQUAL(caf::get<caf::atom_value>(plain.actor_system(),
                                            "scheduler.policy"),
                  caf::atom("sharing"));
  auto x = read("[scheduler]\npolicy = 'stealing'\nmax-threads = 3\n"
                "[middleman]\nworkers = 2\n",
                {"--scheduler.policy=sharing"});
  CAF_CHECK(x.problems().empty());
  CAF_CHECK_EQUAL(caf::get<caf::atom_value>(x.actor_system(),
                                            "scheduler.policy"),
                  caf::atom("sharing"));
  CAF_CHECK_EQUAL(caf::get<int64_t>(x.actor_system(), "scheduler.max-threads"),
                  3);
  CAF_CHECK_EQUAL(problems("[scheduler]\npolcy = 'sharing'\npolicy = \"x\"\n"
                           "[stream]\nmax-batch-delay = 5\n"),
                  (texts{"FILE:2: [scheduler] polcy: unknown key, did you mean "
                         "\"policy\"?",
                         "FILE:3: [scheduler] policy: \"x\" is not allowed, "
                         "expected a word in single quotes",
                         "FILE:5: [stream] max-batch-delay: 5 is not allowed, "
                         "expected a duration such as 250ms"}));
}

CAF_TEST(a child gets every option its own name and the addresses) {
  env["RR_LOG_QUEUE"] = "9";
  env["RR_LOG_FILE"] = "/r/robot.log";
  env["RR_APPLICATION_NAME"] = "rover";
  env["RT_CONTROL_ADDR"] = "udp://stale:1";
  env["KEPT"] = "yes";
  auto x = read("[application]\nruntime-directory = \"/r\"\n[process.cam]\n"
                "command = [\"true\"]\n"
                "environment = { KEPT = \"no\", RR_LOG_LEVEL = \"error\" }\n");
  CAF_REQUIRE(x.problems().empty());
  CAF_REQUIRE_EQUAL(x.processes().size(), 1u);
  auto& cam = x.processes()[0];
  CAF_CHECK_EQUAL(x.get<std::string>("application.name"), "rover");
  CAF_CHECK_EQUAL(variable(cam, "RR_APPLICATION_NAME"), "cam");
  CAF_CHECK_EQUAL(variable(cam, "RR_LOG_FILE"), "");
  CAF_CHECK_EQUAL(variable(cam, "RR_LOG_QUEUE"), "9");
  CAF_CHECK_EQUAL(variable(cam, "RR_LOG_LEVEL"), "error");
  CAF_CHECK_EQUAL(variable(cam, "RR_UPDATE_INTERVAL"), "100ms");
  CAF_CHECK_EQUAL(variable(cam, "RR_EMERGENCY_STOP_LATCH"), "true");
  CAF_CHECK_EQUAL(variable(cam, "RR_CLIENT_OPTIONS"), "(none)");
  CAF_CHECK_EQUAL(variable(cam, "RR_CONFIG_FILE"), path);
  CAF_CHECK_EQUAL(variable(cam, "KEPT"), "no");
  CAF_CHECK_EQUAL(variable(cam, "RT_ROUTER_FRONTEND"),
                  "tcp://127.0.0.1:6000 ipc:///r/rpc.sock");
  CAF_CHECK_EQUAL(variable(cam, "RT_ROUTER_BACKEND"), "ipc:///r/service.sock");
  CAF_CHECK_EQUAL(variable(cam, "RT_LOG_FRONTEND"), "tcp://127.0.0.1:6001");
  CAF_CHECK_EQUAL(variable(cam, "RT_LOG_BACKEND"), "ipc:///r/log.sock");
  CAF_CHECK_EQUAL(variable(cam, "RT_CONTROL_ADDR"), "udp://127.0.0.1:6002");
  CAF_CHECK_EQUAL(variable(cam, "RT_UPDATE_ADDR"), "udp://224.1.1.1:6003");
  for (auto& row : option_table())
    CAF_CHECK_EQUAL(variable(cam, environment_name(row)) != "(none)",
                    in_environment(row));
  texts keys;
  for (auto& item : cam.environment)
    keys.push_back(item.substr(0, item.find('=')));
  std::ranges::sort(keys);
  CAF_CHECK(std::ranges::adjacent_find(keys) == keys.end());
}

CAF_TEST(a child that reads its environment has the same options) {
  auto x = read("[process.cam]\ncommand = [\"true\"]\n[health]\n"
                "interval = 1500us\n[log]\nlevel = \"warn\"\n");
  options::environment inherited;
  for (auto& item : x.processes().at(0).environment) {
    auto equals = item.find('=');
    inherited[item.substr(0, equals)] = item.substr(equals + 1);
  }
  inherited.erase("RR_CONFIG_FILE");
  auto child = options::read({"--application.name=robot"}, inherited);
  CAF_CHECK(child.problems().empty());
  CAF_CHECK_EQUAL(child.values(), x.values());
}

CAF_TEST(a command line is taken apart for the command) {
  auto x = command_line::split({"ping", "--log.level=info", "--count=5",
                                "--config-file=x", "--help", "--", "--a.b=c"});
  CAF_CHECK_EQUAL(x.options, (texts{"--log.level=info", "--config-file=x"}));
  CAF_CHECK_EQUAL(x.rest,
                  (texts{"ping", "--count=5", "--help", "--", "--a.b=c"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
