// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE needed_options

#include "app/config/options.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace needed_options_suite {
namespace {

using texts = std::vector<std::string>;

const option_needs needs{{"router.frontend", "client.timeout"}};

struct fixture {
  option_sources sources;

  options read(std::string text) {
    sources.file = "robot.ini";
    sources.text = std::move(text);
    return options::read_needed(sources, needs);
  }

  texts problems(const options& x) {
    texts result;
    for (auto& problem : x.problems())
      result.push_back(to_string(problem));
    return result;
  }

  std::string frontend(const options& x) {
    return x.get<texts>("router.frontend").at(0);
  }
};

const std::string good = "[router]\nfrontend = [\"tcp://127.0.0.1:7000\"]\n";

} // namespace

CAF_TEST_FIXTURE_SCOPE(needed_options_tests, fixture)

CAF_TEST(what is wrong elsewhere is neither told nor in the way) {
  std::string garbage;
  for (int i = 0; i < 1000; ++i)
    garbage += "? \xff\n";
  for (auto& other :
       {std::string{"[process.a]\ncommand = [\"/nonexistent\"]\n"},
        std::string{"[process.a]\ncommand = [\"a\",\n"},
        std::string{"[ruoter]\nx = 1\n"}, std::string{"[log]\nlevel = 5\n"},
        std::string{"[log]\nlevel = \"inof\"\nlevel = \"info\"\n"},
        std::string{"[broken\nx = \"\n"}, std::string{"\0\0\n", 3}, garbage,
        std::string{"[router]\nqueue = 0\nqeue = 1\n?\n"}}) {
    for (auto& text : {other + good, good + other}) {
      auto x = read(text);
      CAF_CHECK_EQUAL(problems(x), texts{});
      CAF_CHECK_EQUAL(frontend(x), "tcp://127.0.0.1:7000");
    }
    // The whole of it is bad.
    CAF_CHECK(options::read(sources).bad());
  }
}

CAF_TEST(what is wrong with a need is told and its default counts) {
  auto x = read("[router]\nfrontend = [\"tcp://nowhere\"]\n[client]\n"
                "timeout = soon\n[log]\nqueue = 0\n");
  CAF_REQUIRE_EQUAL(x.problems().size(), 2u);
  CAF_CHECK(problems(x)[0].starts_with("robot.ini:2: [router] frontend: "));
  CAF_CHECK(problems(x)[1].starts_with("robot.ini:4: [client] timeout: "));
  CAF_CHECK(x.bad());
  CAF_CHECK_EQUAL(frontend(x), "tcp://127.0.0.1:6000");
}

CAF_TEST(a file that cannot be read matters to who takes its address from it) {
  sources.file = "robot.ini";
  sources.text = caf::make_error(caf::sec::runtime_error);
  auto x = options::read_needed(sources, needs);
  CAF_CHECK(x.bad());
  CAF_CHECK_EQUAL(frontend(x), "tcp://127.0.0.1:6000");
  sources.environment["RR_ROUTER_FRONTEND"] = "tcp://127.0.0.1:7000";
  x = options::read_needed(sources, needs);
  CAF_CHECK(!x.bad());
  CAF_CHECK_EQUAL(frontend(x), "tcp://127.0.0.1:7000");
}

CAF_TEST(the command line and the environment are told as far as they matter) {
  sources.environment["RR_LOG_QUEUE"] = "many";
  sources.environment["RR_CLIENT_TIMEOUT"] = "soon";
  sources.arguments = {"--log.levle=info", "--application.state-directory=/x"};
  auto x = read(good);
  CAF_REQUIRE_EQUAL(x.problems().size(), 2u);
  CAF_CHECK(problems(x)[0].starts_with("environment: [client] timeout: "));
  CAF_CHECK(problems(x)[1].starts_with("command line: [log] levle: "));
}

CAF_TEST(where a robot is reached needs not be an address of this machine) {
  auto x = read("[router]\nfrontend = [\"tcp://rr-none0:7000\", "
                "\"tcp://192.0.2.1:7000\", "
                "\"ipc:///etc/passwd\"]\n");
  CAF_CHECK_EQUAL(problems(x), texts{});
  CAF_CHECK_EQUAL(frontend(x), "tcp://rr-none0:7000");
  CAF_CHECK(options::read(sources).bad());
}

CAF_TEST(processes are not looked at) {
  sources.arguments = {"--process.b.command=[\"/nonexistent\"]"};
  auto x = read(good + "[process.a]\ncommand = [\"true\"]\n");
  CAF_CHECK_EQUAL(problems(x), texts{});
  CAF_CHECK(x.processes().empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace needed_options_suite
