// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_catalog

#include "app/config/device_catalog.hpp"

#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace device_catalog_suite {
namespace {

struct fixture {
  temporary_folder folder;

  device_catalog load(const std::string& text,
                      std::vector<std::string> arguments = {},
                      bool verbose = false) {
    arguments.push_back("--device.catalog="
                        + folder.write("catalog.yaml", text));
    return device_catalog::load(options::read(arguments, {}), verbose);
  }

  /// With `FILE` for the path of the catalog.
  std::vector<std::string> told(const device_catalog& x) {
    std::vector<std::string> result;
    auto path = folder.file("catalog.yaml");
    for (const auto& each : x.problems) {
      auto text = to_string(each);
      if (auto i = text.find(path); i != text.npos)
        text.replace(i, path.size(), "FILE");
      result.push_back(text);
    }
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(device_catalog_tests, fixture)

CAF_TEST(no file is a catalog of nothing) {
  auto result = device_catalog::load(options::read({}, {}));
  CAF_CHECK(result.problems.empty());
  CAF_CHECK(result.types.types().empty());
}

CAF_TEST(problems are told in the form of every configuration) {
  auto result = load("motor:\n  params:\n"
                     "    - {name: speed, type: floot}\n"
                     "    - {name: power, type: float, writeable: true}\n",
                     {}, true);
  CAF_CHECK(any_error(result.problems));
  CAF_CHECK_EQUAL(told(result),
                  (std::vector<std::string>{
                    "FILE:3: [motor] speed: type floot: unknown type, expected "
                    "bool, int8 ... uint64, float, double, char, or an array "
                    "of one such as uint8[4]",
                    "warning: FILE:4: [motor] power: has no safe value: "
                    "nothing can be requested of it while the robot is "
                    "disabled"}));
}

CAF_TEST(warnings alone are no obstacle) {
  auto result = load("motor:\n  params:\n"
                     "    - {name: power, type: float, writeable: true}\n");
  CAF_CHECK(!any_error(result.problems));
  CAF_CHECK_EQUAL(result.problems.size(), 1u);
  CAF_CHECK(result.types.find("motor"));
}

CAF_TEST(how many parameters have no safe value is one line) {
  auto many = "motor:\n  params:\n"
              "    - {name: power, type: float, writeable: true, safe: 0}\n"
              "    - {name: gain, type: float, writeable: true}\n"
              "    - {name: limit, type: float, writeable: true}\n"
              "arm:\n  params:\n"
              "    - {name: angle, type: float, writeable: true}\n"
              "    - {name: current, type: float}\n";
  CAF_CHECK_EQUAL(told(load(many)),
                  std::vector<std::string>{
                    "warning: FILE: 3 writeable parameters have no safe value: "
                    "nothing can be requested of them while the robot is "
                    "disabled (check --verbose names them)"});
  CAF_CHECK_EQUAL(told(load(many, {}, true)).size(), 3u);
}

CAF_TEST(a name of a device that the catalog does not have is warned of) {
  auto result = load("motor: {device_id: 2, params: []}\n",
                     {"--device.names={ left = \"0x2000000000000000001\", "
                      "right = \"0x3000000000000000001\" }"});
  CAF_CHECK(!any_error(result.problems));
  CAF_CHECK_EQUAL(told(result),
                  std::vector<std::string>{
                    "warning: command line: [device] names: right is of the "
                    "device_id 3, which the catalog does not have"});
}

CAF_TEST(a file that is not there is told) {
  auto result = device_catalog::load(
    options::read({"--device.catalog=" + folder.file("none")}, {}));
  CAF_CHECK(any_error(result.problems));
  CAF_CHECK_EQUAL(to_string(result.problems.at(0)),
                  "command line: [device] catalog: \"" + folder.file("none")
                    + "\" cannot be read: no such file or directory, expected "
                      "a file that describes devices");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace device_catalog_suite
