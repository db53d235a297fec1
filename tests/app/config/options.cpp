// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE options

#include "app/config/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/config/child_environment.hpp"
#include "app/config/installed_file.hpp"
#include "app/config/options_reader.hpp"
#include "tests/support/options_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace options_suite {
namespace {

std::string variable(const process_settings& process, std::string_view name) {
  for (auto& x : process.environment)
    if (x.starts_with(name) && x[name.size()] == '=')
      return x.substr(name.size() + 1);
  return "(none)";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(options_tests, options_fixture)

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

CAF_TEST(the installed file is read where none is named and it is there) {
  using std::chrono::seconds;
  temporary_folder folder;
  auto installed = folder.write("robot.ini", "[log]\nqueue = 6\n");
  auto gather = [&](texts words) {
    return option_sources::gather(std::move(words), env, seconds{1}, installed);
  };
  auto x = options::read(gather({}));
  CAF_CHECK_EQUAL(x.file(), installed);
  CAF_CHECK_EQUAL(x.get<int64_t>("log.queue"), 6);
  auto other = folder.write("other.ini", "");
  x = options::read(gather({"--config-file=" + other}));
  CAF_CHECK_EQUAL(x.file(), other);
  env["RR_CONFIG_FILE"] = other;
  x = options::read(gather({}));
  CAF_CHECK_EQUAL(x.file(), other);
  env.erase("RR_CONFIG_FILE");
  std::filesystem::remove(installed);
  x = options::read(gather({}));
  CAF_CHECK_EQUAL(x.file(), "");
  CAF_CHECK(x.problems().empty());
  // What is there and cannot be read is no reason to go on without it.
  std::filesystem::create_directory(installed);
  CAF_CHECK(options::read(gather({})).bad());
}

CAF_TEST(the installed file lies under the prefix of the program) {
  CAF_CHECK_EQUAL(installed_config_file("/opt/x/bin/robot-runtime"),
                  "/opt/x/etc/robot-runtime/robot.ini");
  CAF_CHECK_EQUAL(installed_config_file("/usr/bin/robot-runtime"),
                  "/etc/robot-runtime/robot.ini");
  CAF_CHECK_EQUAL(installed_config_file("/usr/bin/robot-runtime (deleted)"),
                  "/etc/robot-runtime/robot.ini");
  CAF_CHECK_EQUAL(installed_config_file("/usr/local/bin/robot-runtime"),
                  "/usr/local/etc/robot-runtime/robot.ini");
}

CAF_TEST(any option says which robot is meant) {
  using std::chrono::seconds;
  auto nothing = [&](texts words) {
    return option_sources::gather(std::move(words), env, seconds{1}).empty();
  };
  CAF_CHECK(nothing({}));
  env["RR_UNKNOWN"] = "x";
  env["RT_LOG_LEVEL"] = "info";
  CAF_CHECK(nothing({}));
  CAF_CHECK(!nothing({"--log.level=info"}));
  CAF_CHECK(!nothing({"--config-file=/nonexistent"}));
  env["RR_LOG_LEVEL"] = "info";
  CAF_CHECK(!nothing({}));
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

CAF_TEST(the sections of the actor system are checked and handed over) {
  auto plain = options::read({}, env);
  CAF_CHECK_EQUAL(caf::get<caf::atom_value>(plain.actor_system(),
                                            "scheduler.policy"),
                  caf::atom("sharing"));
  auto x = read("[scheduler]\npolicy = 'stealing'\nmax-threads = 3\n"
                "enable-profiling = true\n",
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
  for (auto name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    env[name] = "of the runtime";
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
  for (auto name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    CAF_CHECK_EQUAL(variable(cam, name), "(none)");
  CAF_CHECK_EQUAL(variable(cam, "RT_ROUTER_FRONTEND"),
                  "tcp://127.0.0.1:6000 ipc:///r/rpc.sock");
  CAF_CHECK_EQUAL(variable(cam, "RT_ROUTER_BACKEND"), "ipc:///r/service.sock");
  CAF_CHECK_EQUAL(variable(cam, "RT_LOG_FRONTEND"), "tcp://127.0.0.1:6001");
  CAF_CHECK_EQUAL(variable(cam, "RT_LOG_BACKEND"), "ipc:///r/log.sock");
  CAF_CHECK_EQUAL(variable(cam, "RT_CONTROL_ADDR"), "udp://127.0.0.1:6002");
  CAF_CHECK_EQUAL(variable(cam, "RT_UPDATE_ADDR"), "udp://224.1.1.1:6003");
  CAF_CHECK_EQUAL(variable(cam, "RT_LOG_LEVEL"), "info");
  CAF_CHECK_EQUAL(variable(cam, "RT_UPDATE_INTERVAL"), "0.1");
  CAF_CHECK_EQUAL(variable(cam, "RT_HEALTH_CHECK_INTERVAL"), "60");
  CAF_CHECK_EQUAL(variable(cam, "RT_SERVICE_WORKERS"), "5");
  CAF_CHECK_EQUAL(variable(cam, "RT_THREAD_POOL_WORKERS"), "1");
  CAF_CHECK_EQUAL(variable(cam, "RT_CLIENT_OPTION"), "SNDTIMEO:1000");
  CAF_CHECK_EQUAL(variable(cam, "RT_SERVICE_OPTION"), "SNDTIMEO:1000");
  CAF_CHECK_EQUAL(variable(cam, "RT_DEV_CATALOG"), "");
  CAF_CHECK_EQUAL(variable(cam, "RT_DEV_NAME"), "");
  CAF_CHECK_EQUAL(variable(cam, "RT_DEV_NAMES"), "(none)");
  CAF_CHECK_EQUAL(variable(cam, "RT_DEBUG"), "(none)");
  // Of the maps, names of devices alone are told.
  for (auto& row : option_table())
    CAF_CHECK_EQUAL(variable(cam, environment_name(row)) != "(none)",
                    in_environment(row) || row.key == "names");
  texts keys;
  for (auto& item : cam.environment)
    keys.push_back(item.substr(0, item.find('=')));
  std::ranges::sort(keys);
  CAF_CHECK(std::ranges::adjacent_find(keys) == keys.end());
}

CAF_TEST(a child gets options as the Python runtime writes them) {
  env["RT_LOG_LEVEL"] = "stale";
  env["RT_EXEC_MODULE"] = "kept";
  auto x = read("[log]\nlevel = \"warning\"\nformat = \"pretty\"\n"
                "[update]\ninterval = 1500us\n[health]\ninterval = 2min\n"
                "[device]\ncatalog = \"devices.yaml\"\n"
                "names = { arm = \"0x1234\", base = \"77\" }\n"
                "[client]\noptions = { LINGER = -1, IDENTITY = \"a 1\" }\n"
                "[service]\nworkers = 7\noptions = { }\n"
                "[application]\nthread-pool-workers = 3\n"
                "[process.cam]\ncommand = [\"true\"]\n");
  auto& cam = x.processes().at(0);
  CAF_CHECK_EQUAL(variable(cam, "RT_LOG_LEVEL"), "warn");
  CAF_CHECK_EQUAL(variable(cam, "RR_LOG_LEVEL"), "warning");
  CAF_CHECK_EQUAL(variable(cam, "RT_LOG_FORMAT"), "pretty");
  CAF_CHECK_EQUAL(variable(cam, "RT_UPDATE_INTERVAL"), "0.0015");
  CAF_CHECK_EQUAL(variable(cam, "RT_HEALTH_CHECK_INTERVAL"), "120");
  CAF_CHECK_EQUAL(variable(cam, "RT_DEV_CATALOG"),
                  variable(cam, "RR_DEVICE_CATALOG"));
  CAF_CHECK(variable(cam, "RT_DEV_CATALOG").ends_with("/devices.yaml"));
  CAF_CHECK_EQUAL(variable(cam, "RT_DEV_NAME"), "arm:4660 base:77");
  CAF_CHECK_EQUAL(variable(cam, "RR_DEVICE_NAMES"), "arm:4660 base:77");
  CAF_CHECK_EQUAL(variable(cam, "RT_CLIENT_OPTION"),
                  "IDENTITY:'612031' LINGER:-1");
  CAF_CHECK_EQUAL(variable(cam, "RT_SERVICE_OPTION"), "");
  CAF_CHECK_EQUAL(variable(cam, "RT_SERVICE_WORKERS"), "7");
  CAF_CHECK_EQUAL(variable(cam, "RT_THREAD_POOL_WORKERS"), "3");
  CAF_CHECK_EQUAL(variable(cam, "RT_EXEC_MODULE"), "kept");
  // None of them counts.
  env["RT_SERVICE_WORKERS"] = "9";
  CAF_CHECK_EQUAL(read("").get<int>("service.workers"), 5);
}

CAF_TEST(a child gets the form of the log that is printed) {
  auto form = [&](const std::string& format) {
    auto x = read("[log]\nformat = \"" + format
                  + "\"\n[process.cam]\ncommand = [\"true\"]\n");
    return variable(x.processes().at(0), "RT_LOG_FORMAT");
  };
  CAF_CHECK_EQUAL(form("json"), "json");
  CAF_CHECK_EQUAL(form("pretty"), "pretty");
  CAF_CHECK_EQUAL(form("auto"), ::isatty(STDOUT_FILENO) ? "pretty" : "json");
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

} // namespace options_suite
