// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE catalog_file

#include "bridges/catalog/catalog_file.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "tests/paths.hpp"
#include "tests/support/catalog_problems.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;
using namespace std::literals;

namespace catalog_file_suite {

CAF_TEST(what is left out has a default) {
  auto reading = read_catalog("lidar:\n  params:\n"
                              "    - {name: ring, type: 'uint16[360]'}\n"
                              "    - {name: rate, type: double, id: 9}\n");
  CAF_CHECK(reading.problems.empty());
  const auto* lidar = reading.value.find("lidar");
  CAF_REQUIRE(lidar);
  device_type expected;
  expected.name = "lidar";
  parameter ring;
  ring.name = "ring";
  ring.type = {scalar_type::uint16, {360}};
  parameter rate;
  rate.id = 9;
  rate.name = "rate";
  rate.type = {scalar_type::float64, {}};
  expected.parameters = {ring, rate};
  CAF_CHECK_EQUAL(*lidar, expected);
}

CAF_TEST(what is given is kept and parameters are sorted by their ids) {
  auto reading = read_catalog(R"(
motor:
  device_id: 7
  sub_interval: 0.1
  write_interval: 2
  heartbeat_interval: 5.0e-1
  params:
    - name: speed
      id: 3
      type: float[2]
      lower: -1.5
      upper: 0.1
      writeable: true
      safe: -0.5
      expires: 0.25
    - {name: mode, id: 0, type: ubyte, readable: false, subscribed: false}
)");
  CAF_CHECK(reading.problems.empty());
  const auto* motor = reading.value.find(uint16_t{7});
  CAF_REQUIRE(motor && motor->parameters.size() == 2);
  CAF_CHECK_EQUAL(motor->sub_interval, 100ms);
  CAF_CHECK_EQUAL(motor->write_interval, 2s);
  CAF_CHECK_EQUAL(motor->heartbeat_interval, 500ms);
  const auto& mode = motor->parameters[0];
  CAF_CHECK_EQUAL(mode.name, "mode");
  CAF_CHECK_EQUAL(mode.type.scalar, scalar_type::uint8);
  CAF_CHECK(!mode.readable && !mode.writeable && !mode.subscribed);
  const auto& speed = motor->parameters[1];
  CAF_CHECK_EQUAL(speed.id, 3);
  CAF_CHECK_EQUAL(*speed.lower, -1.5);
  // In the precision of its type.
  CAF_CHECK_EQUAL(*speed.upper, 0.1f);
  CAF_CHECK_EQUAL(*speed.safe, -0.5);
  CAF_CHECK(speed.expires == 250ms);
  CAF_CHECK(!mode.expires);
}

CAF_TEST(an empty file is a catalog of nothing) {
  for (auto text : {"", "# nothing\n", "---\n", "{}"}) {
    auto reading = read_catalog(text);
    CAF_CHECK(reading.problems.empty());
    CAF_CHECK(reading.value.types().empty());
  }
}

CAF_TEST(requests expire after seconds above zero) {
  auto expiring = [](const std::string& value) {
    return problems_with("name: a, type: bool, writeable: true, safe: false, "
                         "expires: "
                         + value);
  };
  for (auto good : {"1", "0.001", "1e3", "1.0e-9", "1000000000"})
    CAF_CHECK_EQUAL(expiring(good), lines{});
  for (auto bad : {"0", "-1", "0.0", "1e-10", ".inf", "-.inf", ".nan", "1e300",
                   "2000000000", "soon", "true", "5s", "''", "~"})
    CAF_CHECK_EQUAL(expiring(bad).size(), 1u);
  CAF_CHECK_EQUAL(expiring("-1"), (lines{"3: [motor] a: expires is -1, "
                                         "expected seconds above zero"}));
  CAF_CHECK_EQUAL(problems_with("name: a, type: bool, expires: 1"),
                  (lines{"3: [motor] a: expires: nothing can be requested of "
                         "what is not writeable"}));
}

CAF_TEST(an alias stands for its anchor) {
  auto reading = read_catalog("left: {params: &p [{name: a, type: bool}]}\n"
                              "right: {params: *p}\n");
  CAF_CHECK(reading.problems.empty());
  CAF_CHECK(reading.value.find("right")->find("a"));
}

CAF_TEST(a file that cannot be read is a problem like another) {
  temporary_folder folder;
  auto told = [](const std::string& path) {
    auto reading = load_catalog(path);
    CAF_CHECK(reading.bad());
    return to_string(reading.problems.at(0));
  };
  CAF_CHECK_EQUAL(told(folder.file("none")),
                  "0: cannot read: no such file or directory");
  CAF_CHECK_EQUAL(told(folder.path().string()),
                  "0: cannot read: is a directory");
  auto fifo = folder.file("fifo");
  CAF_REQUIRE_EQUAL(::mkfifo(fifo.c_str(), 0600), 0);
  CAF_CHECK_EQUAL(told(fifo),
                  "0: cannot read: is a FIFO that nobody writes to");
  auto large = folder.write("large", std::string((1 << 20) + 1, '#'));
  CAF_CHECK_EQUAL(told(large), "0: cannot read: is larger than 1 MiB");
}

CAF_TEST(the example catalog has no problem at all) {
  auto reading = load_catalog(RR_SOURCE_DIR "/config/catalog.yaml");
  CAF_CHECK(reading.problems.empty());
  const auto* motor = reading.value.find("motor");
  CAF_REQUIRE(motor);
  CAF_CHECK_EQUAL(*motor->find("duty_cycle")->safe, 0.0);
  CAF_CHECK(reading.value.find("gamepad") && !motor->find("none"));
}

CAF_TEST(the catalog of a real kit loads as it is) {
  auto path = RR_SOURCE_DIR "/../shared/data/catalog.yaml"s;
  if (!std::filesystem::exists(path)) {
    CAF_MESSAGE("not checked: there is no " << path);
    return;
  }
  auto reading = load_catalog(path);
  CAF_CHECK(!reading.bad());
  CAF_CHECK_EQUAL(reading.value.types().size(), 13u);
  const auto* bear = reading.value.find(uint16_t{13});
  CAF_REQUIRE(bear);
  CAF_CHECK_EQUAL(bear->name, "koala-bear");
  CAF_CHECK_EQUAL(bear->parameters.size(), 16u);
  CAF_CHECK_EQUAL(*bear->find("duty_cycle_b")->upper, 1.0);
  CAF_CHECK_EQUAL(reading.value.find("rfid")->sub_interval, 100ms);
  CAF_CHECK_EQUAL(reading.value.find("field")->find("send_buf")->type.size(),
                  4096u);
  CAF_CHECK(!reading.value.find("gamepad")->device_id);
}

} // namespace catalog_file_suite
