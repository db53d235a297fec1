// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_section

#include <sys/stat.h>

#include "app/config/options.hpp"
#include "app/config/script_argument.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace process_section_suite {
namespace {

using texts = std::vector<std::string>;

/// A directory with a configuration, a program and a file that is none.
struct fixture {
  temporary_folder place;
  std::string folder = place.path().string();

  fixture() {
    ::chmod(place.write("good", "#!/bin/sh\n").c_str(), 0700);
    ::chmod(place.write("plain", "text\n").c_str(), 0600);
  }

  options read(const std::string& text, texts arguments = {}) {
    arguments.push_back("--config-file=" + place.write("x.ini", text));
    return options::read(arguments, {{"PATH", "/usr/bin:/bin"}});
  }

  texts problems(const options& x) {
    texts result;
    for (auto& problem : x.problems()) {
      auto text = to_string(problem);
      auto name = folder + "/x.ini";
      if (auto i = text.find(name); i != text.npos)
        text.replace(i, name.size(), "FILE");
      result.push_back(text);
    }
    return result;
  }

  texts problems(const std::string& text) {
    return problems(read(text));
  }
};

bool starts(const texts& xs, const char* prefix) {
  auto result = xs.size() == 1 && xs[0].starts_with(prefix);
  if (!result)
    CAF_MESSAGE("got " << caf::deep_to_string(xs));
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_section_tests, fixture)

CAF_TEST(processes come in the order of the file with all they need) {
  auto x = read("[process.z]\ncommand = [\"true\", \"-x\"]\n"
                "terminate-timeout = 0s\noutput = \"null\"\n"
                "on-failure = \"emergency-stop\"\non-success = \"stop\"\n"
                "[process.a]\ncommand = [\"true\"]\nafter = [\"z\"]\n");
  CAF_REQUIRE(x.problems().empty());
  CAF_REQUIRE_EQUAL(x.processes().size(), 2u);
  auto& z = x.processes()[0];
  CAF_CHECK_EQUAL(z.name, "z");
  CAF_CHECK_EQUAL(z.command, (texts{"true", "-x"}));
  CAF_CHECK_EQUAL(z.terminate_timeout.count(), 0);
  CAF_CHECK(z.output == process_output::null);
  CAF_CHECK(z.on_failure == robot_reaction::emergency_stop);
  CAF_CHECK(z.on_success == robot_reaction::stop);
  auto& a = x.processes()[1];
  CAF_CHECK_EQUAL(a.after, (texts{"z"}));
  CAF_CHECK(a.terminate_timeout == std::chrono::seconds{2});
  CAF_CHECK(a.output == process_output::log);
  CAF_CHECK(a.on_failure == robot_reaction::stop);
  CAF_CHECK(a.on_success == robot_reaction::ignore);
}

CAF_TEST(a missing or empty command is told once) {
  CAF_CHECK(starts(problems("[log]\n[process.a]\n"),
                   "FILE:2: [process.a] command: is missing, expected"));
  CAF_CHECK(starts(problems("[process.a]\ncommand = [ ]\n"),
                   "FILE:2: [process.a] command: [ ] is empty, expected"));
  CAF_CHECK(starts(problems("[process.a]\ncommand = [\"\"]\n"),
                   "FILE:2: [process.a] command: \"\" is no program"));
  CAF_CHECK(starts(problems("[process.a]\ncommand = \"true\"\n"),
                   "FILE:2: [process.a] command: \"true\" is text"));
}

CAF_TEST(the program of a probe is checked as that of the child) {
  std::string head = "[process.a]\ncommand = [\"true\"]\n";
  CAF_CHECK(problems(head + "probe = [\"true\"]\n").empty());
  CAF_CHECK(starts(problems(head + "probe = [\"/no/such\"]\n"),
                   "FILE:3: [process.a] probe: \"/no/such\" does not exist"));
  CAF_CHECK(starts(problems(head + "probe = [\"\"]\n"),
                   "FILE:3: [process.a] probe: \"\" is no program"));
}

CAF_TEST(keys and values of a process are checked) {
  std::string head = "[process.a]\ncommand = [\"true\"]\n";
  CAF_CHECK(starts(problems(head + "restrt = \"never\"\n"),
                   "FILE:3: [process.a] restrt: unknown key, did you mean "
                   "\"restart\"?"));
  CAF_CHECK(starts(problems(head + "restart-delay = -1s\n"),
                   "FILE:3: [process.a] restart-delay: -1s is out of range"));
  CAF_CHECK(starts(problems(head + "ready = \"notfy\"\n"),
                   "FILE:3: [process.a] ready: \"notfy\" is unknown, expected "
                   "started, notify or probe, did you mean \"notify\"?"));
  CAF_CHECK(starts(problems(head + "environment = { A = 1 }\n"),
                   "FILE:3: [process.a] environment: 1 is no value of A"));
}

CAF_TEST(a name is of few characters and given once) {
  CAF_CHECK(starts(problems("[process.Cam]\n"),
                   "FILE:1: [process.Cam]: is no name of a process"));
  CAF_CHECK(starts(problems("[process." + std::string(33, 'a') + "]\n"),
                   "FILE:1: [process.aaa"));
  CAF_CHECK(
    starts(problems("[process.a.b]\n"), "FILE:1: [process.a.b]: is no"));
  CAF_CHECK(starts(problems("[process.a]\ncommand = [\"true\"]\n[process.a]\n"),
                   "FILE:3: [process.a]: is given twice, first in line 1"));
}

CAF_TEST(an unknown name in after is told with the nearest) {
  CAF_CHECK(starts(problems("[process.drive]\ncommand = [\"true\"]\n"
                            "[process.a]\ncommand = [\"true\"]\n"
                            "after = [\"drvie\"]\n"),
                   "FILE:5: [process.a] after: \"drvie\" is no process, "
                   "expected the name of another [process.NAME], did you mean "
                   "\"drive\"?"));
}

CAF_TEST(a cycle in after is told with its names) {
  auto section = [](std::string name, std::string after) {
    return "[process." + name + "]\ncommand = [\"true\"]\nafter = [" + after
           + "]\n";
  };
  CAF_CHECK(starts(problems(section("a", "\"b\"") + section("b", "\"c\"")
                            + section("c", "\"a\"") + section("d", "\"a\"")),
                   "FILE:3: [process.a] after: is a cycle: a after b after c "
                   "after a, expected"));
  CAF_CHECK(starts(problems(section("a", "\"a\"")),
                   "FILE:3: [process.a] after: is a cycle: a after a,"));
  auto two = problems(section("a", "\"b\"") + section("b", "\"a\"")
                      + section("c", "\"d\"") + section("d", "\"c\""));
  CAF_CHECK_EQUAL(two.size(), 2u);
  auto behind = problems(section("a", "\"b\"") + section("b", "\"a\"")
                         + section("c", "\"a\", \"d\"")
                         + section("d", "\"c\""));
  CAF_CHECK_EQUAL(behind.size(), 2u);
  CAF_CHECK(problems(section("a", "") + section("b", "\"a\", \"a\"")
                     + section("c", "\"a\", \"b\""))
              .empty());
}

CAF_TEST(a program must be there and executable) {
  auto with = [&](const std::string& command, const std::string& more = "") {
    return problems("[process.a]\ncommand = [\"" + command + "\"]\n" + more);
  };
  auto in_folder = "directory = \"" + folder + "\"\n";
  CAF_CHECK(with(folder + "/good").empty());
  CAF_CHECK(with("./good", in_folder).empty());
  CAF_CHECK(
    with("good", "environment = { PATH = \"" + folder + "\" }").empty());
  CAF_CHECK(with("good", in_folder + "environment = { PATH = \":\" }").empty());
  // Without a directory a path is one from the file's own folder.
  CAF_CHECK(with("./good").empty());
  auto opts = read("[process.a]\ncommand = [\"./good\"]\n");
  CAF_CHECK_EQUAL(opts.processes().at(0).command.at(0), folder + "/good");
  CAF_CHECK(starts(with("./none"), ("FILE:2: [process.a] command: \"" + folder
                                    + "/none\" does not exist, expected")
                                     .c_str()));
  CAF_CHECK(starts(with("good"), "FILE:2: [process.a] command: \"good\" is in "
                                 "no directory of PATH"));
  CAF_CHECK(starts(with("./plain", in_folder),
                   "FILE:2: [process.a] command: \"./plain\" is not "
                   "executable"));
  CAF_CHECK(starts(with("/tmp"), "FILE:2: [process.a] command: \"/tmp\" is a "
                                 "directory"));
}

CAF_TEST(an interpreter must be there too) {
  auto with = [&](const std::string& text) {
    auto path = place.write("program", text);
    ::chmod(path.c_str(), 0700);
    auto all = problems("[process.a]\ncommand = [\"" + path + "\"]\n");
    return all.empty() ? std::string{} : all.at(0);
  };
  auto says = [](const std::string& text, std::string_view part) {
    auto result = text.find(part) != text.npos;
    if (!result)
      CAF_MESSAGE("got " << text);
    return result;
  };
  CAF_CHECK_EQUAL(with("#!/bin/sh\n"), "");
  CAF_CHECK(says(with("#!/usr/bin/python3\r\n"),
                 "\" needs the interpreter \"/usr/bin/python3\\r\", which does "
                 "not exist, expected a program that can be executed"));
  CAF_CHECK(says(with("#!/nowhere/lua\n"), "\"/nowhere/lua\""));
  // It may be whole by the time of its start.
  auto nothing = with("");
  CAF_CHECK(says(nothing, "warning: FILE:2: [process.a] command: "));
  CAF_CHECK(says(nothing, "neither an executable nor a script"));
}

CAF_TEST(a directory that does not exist or is none is a warning) {
  auto x = read("[process.a]\ncommand = [\"true\"]\n"
                "directory = \"/nonexistent\"\n");
  CAF_CHECK(!x.bad());
  CAF_CHECK(starts(problems(x), "warning: FILE:3: [process.a] directory: "
                                "\"/nonexistent\" does not exist"));
  auto file = read("[process.a]\ncommand = [\"true\"]\n"
                   "directory = \"/etc/passwd\"\n");
  CAF_CHECK(starts(problems(file), "warning: FILE:3: [process.a] directory: "
                                   "\"/etc/passwd\" is no directory"));
}

CAF_TEST(the command line changes a process and adds one) {
  auto x = read("[process.a]\ncommand = [\"true\"]\n",
                {"--process.a.terminate-timeout=5s",
                 "--process.b.command=[\"true\", \"-x\"]",
                 "--process.b.environment={ A = \"1\" }"});
  CAF_CHECK(x.problems().empty());
  CAF_REQUIRE_EQUAL(x.processes().size(), 2u);
  CAF_CHECK(x.processes()[0].terminate_timeout == std::chrono::seconds{5});
  CAF_CHECK_EQUAL(x.processes()[1].command.size(), 2u);
  CAF_CHECK(starts(problems(read("", {"--process.a.after=[\"x\"]",
                                      "--process.a.command=true"})),
                   "command line: [process.a] after: \"x\" is no process"));
  CAF_CHECK(starts(problems(read("", {"--process.A.command=true"})),
                   "command line: [process.A] command: is no process"));
  CAF_CHECK(starts(problems(read("", {"--process.a=true"})),
                   "command line: [process] a: is no process"));
}

CAF_TEST(a script that is not there is told with its interpreter) {
  place.write("there.py", "pass\n");
  auto told = [&](const std::string& command) {
    auto all = problems("[process.a]\ndirectory = \"" + folder
                        + "\"\ncommand = " + command + '\n');
    return all.empty() ? "" : all.size() == 1 ? all[0] : "several";
  };
  for (auto good : {R"(["sh", "there.py"])", R"(["sh", "-e", "./there.py"])",
                    R"(["sh", "-c", "nosuch"])", R"(["sh"])",
                    R"(["sh", "-s", "nosuch"])", R"(["env", "sh", "there.py"])",
                    R"(["cat", "nosuch"])", R"(["bash", "ls"])"})
    CAF_CHECK_EQUAL(told(good), "");
  CAF_CHECK_EQUAL(
    told(R"(["sh", "nosuch.py"])"),
    "FILE:3: [process.a] command: \"nosuch.py\" does not exist in " + folder
      + ", expected a script for sh");
  for (auto bad :
       {R"(["sh", "-eu", "nosuch"])", R"(["/bin/sh", "/nonexistent/x"])",
        R"(["env", "sh", "nosuch"])", R"(["bash", "nosuch"])"})
    CAF_CHECK(told(bad).find("does not exist") != std::string::npos);
}

CAF_TEST(the script of an interpreter is found behind its options) {
  using maybe = std::optional<std::string>;
  CAF_CHECK(script_argument({"python3", "-u", "-W", "error", "x.py", "y"})
            == maybe{"x.py"});
  CAF_CHECK(script_argument({"/usr/bin/python3.11", "x"}) == maybe{"x"});
  CAF_CHECK(script_argument({"python3", "-m", "x"}) == maybe{});
  CAF_CHECK(script_argument({"python3", "-c", "x"}) == maybe{});
  CAF_CHECK(script_argument({"python3", "-"}) == maybe{});
  CAF_CHECK(script_argument({"node", "x"}) == maybe{});
  CAF_CHECK(script_argument({"node", "x.js"}) == maybe{"x.js"});
  CAF_CHECK(script_argument({"perl", "-w", "x"}) == maybe{"x"});
  CAF_CHECK(script_argument({"perl", "-e", "x"}) == maybe{});
  CAF_CHECK(script_argument({"pythonista", "x"}) == maybe{});
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_section_suite
