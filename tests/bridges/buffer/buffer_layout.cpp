// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE buffer_layout

#include "bridges/buffer/buffer_layout.hpp"

#include <caf/test/dsl.hpp>

#include <cstring>
#include <random>

#include "messages/error.hpp"
#include "tests/support/buffer_fixture.hpp"

using namespace rr;

namespace buffer_layout_suite {
namespace {

struct fixture : buffer_fixture {
  static buffer_layout layout_of(const device_type& type, device_uid uid = {}) {
    return make_buffer_layout({"rr", {type.name, uid}}, type,
                              fingerprint(type));
  }

  static device_type expiring() {
    auto result = everything();
    result.parameters[3].expires = std::chrono::nanoseconds{1};
    result.parameters[5].expires = std::chrono::hours{1};
    return result;
  }

  static std::vector<std::byte> bytes_of(const buffer_layout& layout) {
    std::vector<std::byte> result(layout.header.size);
    write_description(layout, result);
    return result;
  }

  static ec code_of(std::span<const std::byte> bytes) {
    auto result = read_description(bytes, "it");
    return result ? ec::none : static_cast<ec>(result.error().code());
  }

  static std::string refusal(std::span<const std::byte> bytes) {
    auto result = read_description(bytes, "it");
    return result ? "none" : describe(result.error());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(buffer_layout_tests, fixture)

CAF_TEST(a description comes back as the type that it was made of) {
  for (const auto& type : {everything(), camera_type(), gamepad_type(),
                           device_type{}, expiring()}) {
    auto named = type;
    if (named.name.empty())
      named.name = "nothing";
    auto back = read_description(bytes_of(layout_of(named)), "it");
    CAF_REQUIRE(back);
    CAF_CHECK(back->type == named);
    CAF_CHECK_EQUAL(back->header.fingerprint, fingerprint(named));
  }
  auto uid = device_uid{13, 7, 99};
  auto back = read_description(bytes_of(layout_of(motor(), uid)), "it");
  CAF_REQUIRE(back);
  CAF_CHECK(back->type == motor());
  CAF_CHECK(back->name.key.uid == uid);
}

CAF_TEST(places neither overlap nor leave the object) {
  for (const auto& type : {everything(), camera_type(), gamepad_type()}) {
    auto layout = layout_of(type);
    auto end = layout.description_size;
    auto follows = [&](uint64_t at, uint64_t size, uint64_t alignment) {
      CAF_CHECK_GREATER_OR_EQUAL(at, end);
      CAF_CHECK_EQUAL(at % alignment, 0u);
      end = at + size;
    };
    const auto& header = layout.header;
    follows(header.update.counters, 24, 64);
    follows(header.write.counters, 16, 64);
    follows(header.lock, header.lock_size, 64);
    follows(header.requests, 64 * layout.parameters.size(), 64);
    follows(header.update.first_slot, layout::slots * header.update.slot_size,
            64);
    follows(header.write.first_slot, layout::slots * header.write.slot_size,
            64);
    for (auto place :
         {&layout::parameter_record::update, &layout::parameter_record::write})
      for (const auto& each : layout.parameters)
        if ((each.*place).first_copy != 0)
          follows((each.*place).first_copy,
                  layout::copies * (each.*place).copy_size, 64);
    CAF_CHECK_LESS_OR_EQUAL(end, header.size);
    uint64_t in_slot = 8;
    for (const auto& each : layout.parameters) {
      CAF_CHECK_GREATER_OR_EQUAL(each.update.in_slot, in_slot);
      in_slot = each.update.in_slot
                + (each.update.first_copy == 0 ? each.size : 8);
    }
    CAF_CHECK_LESS_OR_EQUAL(in_slot, header.update.stamps);
    // Whole pieces are copied, and whole lines.
    for (const auto& block : {header.update, header.write}) {
      CAF_CHECK_EQUAL(block.values_size % layout::piece, 0u);
      CAF_CHECK_EQUAL(block.stamps, 8 + block.values_size);
      CAF_CHECK_EQUAL(block.slot_size % layout::line, 0u);
    }
  }
}

CAF_TEST(the layout of version 6 is what the manual says) {
  auto layout = layout_of(gamepad_type());
  auto bytes = bytes_of(layout);
  CAF_CHECK(std::memcmp(bytes.data(), "rrbuffer\6\0\0\0", 12) == 0);
  CAF_CHECK_EQUAL(offsetof(layout::header, size), 16u);
  CAF_CHECK_EQUAL(offsetof(layout::header, type), 64u);
  CAF_CHECK_EQUAL(offsetof(layout::header, parameters), 176u);
  CAF_CHECK_EQUAL(offsetof(layout::header, flags), 192u);
  CAF_CHECK_EQUAL(offsetof(layout::header, update), 232u);
  CAF_CHECK_EQUAL(offsetof(layout::header, requests), 312u);
  CAF_CHECK_EQUAL(offsetof(layout::header, wake), 320u);
  CAF_CHECK_EQUAL(offsetof(layout::header, driver), 328u);
  CAF_CHECK_EQUAL(offsetof(layout::header, checksum), 336u);
  CAF_CHECK_EQUAL(layout.header.parameters, 344u);
  CAF_CHECK_EQUAL(sizeof(layout::parameter_record), 216u);
  CAF_CHECK_EQUAL(offsetof(layout::parameter_record, expires), 208u);
  CAF_CHECK_EQUAL(offsetof(layout::request_record, owner), 16u);
  CAF_CHECK(std::memcmp(&bytes[344], "joystick_left_x", 16) == 0);
}

CAF_TEST(no byte of a description can change unseen) {
  for (const auto& type : {everything(), camera_type()}) {
    auto layout = layout_of(type);
    auto bytes = bytes_of(layout);
    for (size_t i = 0; i < layout.description_size; ++i) {
      for (auto change : {1, 0x80, 0xff}) {
        bytes[i] ^= static_cast<std::byte>(change);
        if (code_of(bytes) != ec::incompatible_buffer)
          CAF_ERROR("byte " << i << " was changed by " << change);
        bytes[i] ^= static_cast<std::byte>(change);
      }
    }
    CAF_CHECK(code_of(bytes) == ec::none);
  }
}

CAF_TEST(hostile numbers are refused and read nothing outside) {
  auto layout = layout_of(everything());
  auto good = bytes_of(layout);
  std::minstd_rand random{1};
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = good;
    for (auto n = random() % 3 + 1; n > 0; --n) {
      auto at = random() % (layout.description_size / 8) * 8;
      uint64_t values[]
        = {0, 1, ~uint64_t{0}, uint64_t{1} << 63, random(), bytes.size()};
      auto value = values[random() % std::size(values)];
      std::memcpy(&bytes[at], &value, 8);
    }
    if (std::memcmp(bytes.data(), good.data(), layout.description_size) != 0)
      CAF_REQUIRE(code_of(bytes) == ec::incompatible_buffer);
  }
}

CAF_TEST(safe values that lie on one another are refused before they are read) {
  auto layout = layout_of(everything());
  auto bytes = bytes_of(layout);
  auto safe_of = [&](size_t index) {
    return &bytes[sizeof(layout::header)
                  + index * sizeof(layout::parameter_record)
                  + offsetof(layout::parameter_record, safe)];
  };
  std::memcpy(safe_of(14), safe_of(12), sizeof(uint64_t));
  CAF_CHECK_EQUAL(refusal(bytes),
                  "cannot open it: its parameter 14 is damaged");
}

CAF_TEST(what is cut short is refused at every length) {
  auto bytes = bytes_of(layout_of(gamepad_type()));
  for (size_t size = 0; size < bytes.size(); size += size < 1024 ? 1 : 97)
    CAF_REQUIRE(code_of(std::vector(
                  bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)))
                == ec::incompatible_buffer);
  CAF_CHECK_EQUAL(refusal(std::span{bytes}.first(2048)),
                  "cannot open it: it is cut short");
}

CAF_TEST(errors say what is wrong) {
  auto bytes = bytes_of(layout_of(gamepad_type()));
  bytes[8] = std::byte{2};
  CAF_CHECK_EQUAL(refusal(bytes), "cannot open it: its layout has version 2, "
                                  "this program knows version 6");
  bytes[0] = std::byte{'x'};
  CAF_CHECK_EQUAL(refusal(bytes), "cannot open it: it is no buffer");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace buffer_layout_suite
