// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE options

#include "app/config/options.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "app/config/child_environment.hpp"
#include "app/config/options_reader.hpp"
#include "tests/support/temporary_folder.hpp"

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

CAF_TEST(children get the file by a name that is good everywhere) {
  auto x = read("[process.a]\ncommand = [\"true\"]\n");
  auto relative = std::filesystem::relative(path).string();
  CAF_CHECK(!relative.starts_with('/'));
  x = options::read({"--config-file=" + relative}, env);
  CAF_REQUIRE_EQUAL(x.processes().size(), 1u);
  CAF_CHECK_EQUAL(variable(x.processes()[0], "RR_CONFIG_FILE"), path);
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

CAF_TEST(an option that is not built yet is told where it is set) {
  CAF_CHECK_EQUAL(
    problems("[emergency-stop]\nlatch = true\n[web]\naddress = \"\"\n"
             "[application]\nstate-directory = \"/s\"\n[process.a]\n"
             "command = [\"true\"]\nrestart = \"always\"\n"
             "restart-delay = 100ms\nwatchdog = 2s\n"),
    (texts{"warning: FILE:2: [emergency-stop] latch: is not built yet: the "
           "robot behaves as with latch = false",
           "warning: FILE:6: [application] state-directory: is not built yet: "
           "the robot behaves as with state-directory = \"\"",
           "warning: FILE:9: [process.a] restart: is not built yet: the robot "
           "behaves as with restart = \"never\"",
           "warning: FILE:11: [process.a] watchdog: is not built yet: the "
           "robot behaves as with watchdog = 0s"}));
  CAF_CHECK(problems("[emergency-stop]\nlatch = false\n[process.a]\n"
                     "command = [\"true\"]\nrestart = \"never\"\n"
                     "ready = \"started\"\nprobe = [ ]\n")
              .empty());
}

CAF_TEST(what counts decides whether an option is not built yet) {
  std::string text = "[emergency-stop]\nlatch = true\n";
  CAF_CHECK(read(text, {"--emergency-stop.latch=false"}).problems().empty());
  env["RR_RECORD_KEEP"] = "5s";
  CAF_CHECK_EQUAL(problems(options::read({}, env)),
                  (texts{"warning: environment: [record] keep: is not built "
                         "yet: the robot behaves as with keep = 0s"}));
  // As a runtime tells its children.
  env["RR_RECORD_KEEP"] = "60s";
  env["RR_EMERGENCY_STOP_LATCH"] = "true";
  CAF_CHECK(options::read({}, env).problems().empty());
}

CAF_TEST(options that are not built yet are checked as any other) {
  auto found = [&](const std::string& text) {
    auto all = problems(text);
    std::erase_if(all, [](auto& x) { return x.starts_with("warning: "); });
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
                  "FILE:2: [emergency-stop] heartbeat: 200ms is not below "
                  "heartbeat-timeout, which is 100ms");
  CAF_CHECK_EQUAL(found("[record]\nkeep = -1s\n"),
                  "FILE:2: [record] keep: -1s is out of range, expected a "
                  "duration of zero and up such as 250ms");
}

CAF_TEST(an empty variable lets nobody in) {
  for (auto empty : {"", " \t"}) {
    env["RR_CONTROL_ALLOW_FROM"] = empty;
    CAF_CHECK_EQUAL(problems(options::read({}, env)),
                    (texts{"environment: [control] allow-from: is empty, "
                           "expected a list of addresses and prefixes such as "
                           "10.0.0.0/24, or `0.0.0.0/0 ::/0` for all"}));
  }
  env["RR_CONTROL_ALLOW_FROM"] = "0.0.0.0/0 ::/0";
  auto x = options::read({}, env);
  CAF_CHECK(x.problems().empty());
  CAF_CHECK_EQUAL(x.get<texts>("control.allow-from"), texts{});
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

CAF_TEST(a relative path is one from the folder of the file) {
  temporary_folder folder;
  auto file = folder.write(
    "x.ini", "[device]\ncatalog = \"sub/../c.yaml\"\n"
             "[web]\nkey = \"./k\"\n[record]\ndirectory = \"r\"\n"
             "[application]\nruntime-directory = \"run/\"\n"
             "state-directory = \"..\"\n"
             "[router]\nfrontend = [\"ipc://rel.sock\"]\n"
             "[process.a]\ncommand = [\"./a\"]\n"
             "directory = \"/\"\n[process.b]\ncommand = [\"true\"]\n"
             "directory = \".\"\n");
  auto base = folder.path().string();
  env["RR_LOG_FILE"] = "robot.log";
  auto x = options::read(
    {"--config-file=" + file, "--router.backend=ipc://back.sock"}, env);
  auto here = std::filesystem::current_path().string();
  CAF_CHECK_EQUAL(x.get<std::string>("device.catalog"), base + "/c.yaml");
  CAF_CHECK_EQUAL(x.get<std::string>("web.key"), base + "/k");
  CAF_CHECK_EQUAL(x.get<std::string>("record.directory"), base + "/r");
  CAF_CHECK_EQUAL(x.get<std::string>("application.runtime-directory"),
                  base + "/run");
  CAF_CHECK_EQUAL(x.get<std::string>("application.state-directory"),
                  folder.path().parent_path().string());
  CAF_CHECK_EQUAL(x.get<std::string>("log.file"), here + "/robot.log");
  CAF_CHECK_EQUAL(x.get<texts>("router.frontend"),
                  (texts{"ipc://" + base + "/rel.sock"}));
  CAF_CHECK_EQUAL(x.get<texts>("router.backend"),
                  (texts{"ipc://" + here + "/back.sock"}));
  CAF_REQUIRE_EQUAL(x.processes().size(), 2u);
  CAF_CHECK_EQUAL(x.processes()[1].directory, base + "/");
  CAF_CHECK_EQUAL(variable(x.processes()[0], "RR_ROUTER_FRONTEND"),
                  "ipc://" + base + "/rel.sock");
  CAF_CHECK_EQUAL(variable(x.processes()[0], "RR_DEVICE_CATALOG"),
                  base + "/c.yaml");
}

CAF_TEST(what no socket can be bound to is told) {
  auto told = [&](const std::string& argument) {
    auto all = problems(options::read({argument}, env));
    return all.size() == 1 ? all[0] : caf::deep_to_string(all);
  };
  auto starts = [&](const std::string& argument, const std::string& text) {
    auto result = told(argument).starts_with(text);
    if (!result)
      CAF_MESSAGE("got " << told(argument));
    return result;
  };
  CAF_CHECK_EQUAL(told("--router.frontend=tcp://localhost:7000"), "[]");
  CAF_CHECK_EQUAL(told("--control.address=udp://lo:7000"), "[]");
  CAF_CHECK(starts("--router.frontend=tcp://rr-none0:7000",
                   "command line: [router] frontend: \"tcp://rr-none0:7000\" "
                   "names no interface of this machine, expected an IPv4"));
  CAF_CHECK(starts("--control.address=udp://[fe80::1%rr-none0]:7000",
                   "command line: [control] address: "));
  CAF_CHECK(starts("--control.address=udp://224.1.1.1:7000",
                   "command line: [control] address: "
                   "\"udp://224.1.1.1:7000\" is of a group, expected"));
  CAF_CHECK(starts("--update.address=udp://[ff02::1]:7000",
                   "command line: [update] address: \"udp://[ff02::1]:7000\" "
                   "is an IPv6 address, expected an IPv4"));
  CAF_CHECK(starts("--router.frontend=tcp://224.1.1.1:7000",
                   "command line: [router] frontend: \"tcp://224.1.1.1:7000\" "
                   "is of a group, which has no connections"));
  CAF_CHECK(starts("--router.frontend=tcp://192.0.2.1:7000",
                   "warning: command line: [router] frontend: "
                   "\"tcp://192.0.2.1:7000\" is no address that this machine "
                   "has now"));
  CAF_CHECK(starts("--router.frontend=ipc:///nonexistent/x.sock",
                   "warning: command line: [router] frontend: "
                   "\"ipc:///nonexistent/x.sock\" lies in no folder"));
  CAF_CHECK(starts("--router.frontend=ipc:///etc/passwd",
                   "command line: [router] frontend: \"ipc:///etc/passwd\" is "
                   "there and is no socket"));
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

CAF_TEST(no two sockets have one address) {
  auto told = [&](texts arguments) {
    auto all = problems(options::read(std::move(arguments), env));
    return all.size() == 1 ? all[0] : caf::deep_to_string(all);
  };
  CAF_CHECK_EQUAL(told({"--router.frontend=[\"tcp://*:7\", \"tcp://lo:7\"]"}),
                  "command line: [router] frontend: \"tcp://lo:7\" is given "
                  "twice, expected another address");
  CAF_CHECK_EQUAL(told({"--log.frontend=tcp://localhost:6000"}),
                  "command line: [log] frontend: \"tcp://localhost:6000\" is "
                  "taken by router.frontend, expected another address");
  CAF_CHECK_EQUAL(told({"--router.frontend=tcp://0.0.0.0:6001"}),
                  "command line: [router] frontend: \"tcp://0.0.0.0:6001\" is "
                  "taken by log.frontend, expected another address");
  CAF_CHECK_EQUAL(told({"--log.backend=ipc://RUNTIME/rpc.sock"}).substr(0, 29),
                  "command line: [log] backend: ");
  CAF_CHECK_EQUAL(told({"--router.frontend=[\"tcp://127.0.0.1:7\", "
                        "\"tcp://127.0.0.2:7\", \"tcp://lo:*\", "
                        "\"tcp://lo:*\"]"}),
                  "[]");
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

CAF_TEST(the file may be a word of its own) {
  auto x = read("[log]\nqueue = 7\n");
  auto line = command_line::split({"--config-file", path, "--log.queue=8"});
  CAF_CHECK(line.rest.empty());
  x = options::read(line.options, env);
  CAF_CHECK(x.problems().empty());
  CAF_CHECK_EQUAL(x.file(), path);
  CAF_CHECK_EQUAL(x.get<int64_t>("log.queue"), 8);
  CAF_CHECK_EQUAL(problems(options::read({"--config-file"}, env)),
                  (texts{"command line: config-file: is empty, expected the "
                         "name of a file"}));
  CAF_CHECK_EQUAL(problems(options::read({"--log.level", "debug"}, env)),
                  (texts{"command line: \"--log.level\" has no value, expected "
                         "--log.level=debug"}));
  CAF_CHECK_EQUAL(problems(options::read({"--application.debug"}, env)),
                  (texts{"command line: \"--application.debug\" has no value, "
                         "expected --application.debug=VALUE"}));
}

CAF_TEST(a command line is taken apart for the command) {
  auto x = command_line::split({"ping", "--log.level=info", "--count=5",
                                "--config-file=x", "--help", "--", "--a.b=c"});
  CAF_CHECK_EQUAL(x.options, (texts{"--log.level=info", "--config-file=x"}));
  CAF_CHECK_EQUAL(x.rest,
                  (texts{"ping", "--count=5", "--help", "--", "--a.b=c"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
