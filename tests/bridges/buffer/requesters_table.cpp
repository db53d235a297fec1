// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE requesters_table

#include "bridges/buffer/requesters.hpp"

#include <poll.h>

#include "tests/support/buffer_fixture.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/requesters_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace requesters_table_suite {

CAF_TEST_FIXTURE_SCOPE(requesters_table_tests, requesters_fixture)

CAF_TEST(places of dead processes are taken again and again) {
  for (size_t i = 0; i < layout::requesters::most + 50; ++i)
    CAF_REQUIRE_EQUAL(
      forked{[&] { return buffer->write("duty_cycle", 0.5) ? 7 : 1; }}.join(),
      7);
  auto last = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
}

#ifndef __SANITIZE_THREAD__ // It ends forks that start threads by itself.
CAF_TEST(more processes than there are places are refused) {
  CAF_CHECK(forked{[&] { return !buffer->write("mode", 3); }}.join() == 0);
  memory_segment segment;
  auto& all = table(segment);
  for (auto& each : all.owners)
    each = uint64_t{5} << 32 | 1;
  auto child = forked{[&]() -> int {
    auto refused = buffer->write("duty_cycle", 0.5);
    return !refused && refused.error() == ec::overloaded ? 7 : 1;
  }};
  CAF_CHECK_EQUAL(child.join(), 7);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
}
#endif

CAF_TEST(owners of another table are nobody) {
  auto child = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
  CAF_CHECK(!remove_segment(requesters_name(prefix)));
  auto other = forked{[&]() -> int {
    auto mine = shared_buffer::open(name);
    if (!mine || !(*mine)->write("mode", 3))
      return 1;
    for (;;)
      ::pause();
  }};
  auto start = clock_type::now();
  while (list_segments(requesters_name(prefix)).empty()
         && clock_type::now() - start < 10s)
    ::poll(nullptr, 0, 1);
  // From now on it has the new table.
  buffer = unbox(shared_buffer::open(name));
  wait_for("mode", 3);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
}

CAF_TEST(a damaged table is refused and its requests have ended) {
  CAF_CHECK(forked{[&] { return !buffer->write("mode", 3); }}.join() == 0);
  for (uint64_t what : {0, 1}) {
    memory_segment segment;
    auto& all = table(segment);
    all.magic += 1 - what;
    all.version += static_cast<uint32_t>(what);
    auto opened = requesters::open(prefix);
    CAF_CHECK(!opened && opened.error() == ec::incompatible_buffer);
    auto fresh = unbox(shared_buffer::open(name));
    auto refused = fresh->write("mode", 3);
    CAF_CHECK(!refused && refused.error() == ec::incompatible_buffer);
    CAF_CHECK(!fresh->requested("mode", *robot));
    all.magic -= 1 - what;
    all.version -= static_cast<uint32_t>(what);
  }
}

CAF_TEST(a number that nobody has is nobody alive) {
  auto all = unbox(requesters::create(prefix));
  auto self = unbox(all->self());
  CAF_CHECK(all->alive(self));
  CAF_CHECK_EQUAL(unbox(all->self()), self);
  for (auto owner : {uint64_t{0}, requesters::nobody, self + 1,
                     self + (uint64_t{1} << 32), self | 0xffff, ~uint64_t{0}})
    CAF_CHECK(!all->alive(owner));
}

CAF_TEST(private buffers are shared with forks alone) {
  buffer = make_private("motor", motor());
  auto child = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
  child.kill();
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  CAF_CHECK(buffer->write("duty_cycle", 0.5));
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.5);
  CAF_CHECK(list_segments(requesters_name(prefix)).empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace requesters_table_suite
