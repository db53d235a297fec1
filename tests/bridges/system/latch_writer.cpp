// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE latch_writer

#include "bridges/system/latch_writer.hpp"

#include <algorithm>
#include <future>
#include <mutex>

#include "bridges/system/stop_cord.hpp"
#include "messages/error.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace latch_writer_suite {
namespace {

/// What a writer did, in order. Its own, for a writer may leave it behind.
struct record {
  std::mutex mutex;
  std::vector<std::string> done;

  void add(const std::string& what) {
    auto guard = std::lock_guard{mutex};
    done.push_back(what);
  }

  std::vector<std::string> all() {
    auto guard = std::lock_guard{mutex};
    return done;
  }
};

struct fixture {
  std::shared_ptr<record> seen = std::make_shared<record>();
  caf::error fault;
  stop_cord_pulled fact{{"", "too hot", 255}, 12};

  latch_tasks tasks() {
    latch_tasks result;
    result.tell = [seen = seen](const stop_cord_pulled& x, auto) {
      seen->add("tell " + x.cause.cause);
    };
    result.write = [seen = seen, fault = fault](const auto&, auto) {
      seen->add("write");
      return fault;
    };
    result.done = [seen = seen](const auto&, auto, const caf::error& what) {
      seen->add(what ? "failed" : "latched");
    };
    return result;
  }

  std::unique_ptr<latch_writer> make(latch_tasks what) {
    auto result = latch_writer::make(std::move(what));
    CAF_REQUIRE(result);
    return std::move(*result);
  }
};

using texts = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(latch_writer_tests, fixture)

CAF_TEST(a stop is told and latched and told twice more) {
  auto writer = make(tasks());
  writer->begin(fact);
  CAF_CHECK(writer->finish(20s));
  CAF_CHECK((seen->all()
             == texts{"tell too hot", "write", "latched", "tell too hot",
                      "tell too hot"}));
}

CAF_TEST(a second stop changes nothing) {
  auto writer = make(tasks());
  writer->begin(fact);
  writer->begin({{"", "another", 255}, 1});
  CAF_CHECK(writer->finish(20s));
  writer->begin({{"", "another", 255}, 1});
  CAF_CHECK(writer->finish(20s));
  auto all = seen->all();
  CAF_CHECK_EQUAL(all.size(), 5u);
  CAF_CHECK(std::find(all.begin(), all.end(), "tell another") == all.end());
}

CAF_TEST(where nothing is latched it is told all the same) {
  auto what = tasks();
  what.write = nullptr;
  what.done = nullptr;
  auto writer = make(std::move(what));
  writer->begin(fact);
  CAF_CHECK(writer->finish(20s));
  CAF_CHECK_EQUAL(seen->all().size(), 3u);
}

CAF_TEST(a latch that cannot be written is told) {
  fault = caf::make_error(ec::system_error, "no space");
  auto writer = make(tasks());
  writer->begin(fact);
  CAF_CHECK(writer->finish(20s));
  CAF_CHECK(seen->all().at(2) == "failed");
}

CAF_TEST(without a stop nobody waits) {
  auto writer = make(tasks());
  CAF_CHECK(writer->finish(20s));
  writer.reset();
  CAF_CHECK(seen->all().empty());
}

CAF_TEST(its end waits for what has begun) {
  auto writer = make(tasks());
  writer->begin(fact);
  writer.reset();
  CAF_CHECK_EQUAL(seen->all().size(), 5u);
}

CAF_TEST(a disk that hangs keeps nobody longer than that) {
  auto disk = std::make_shared<std::promise<void>>();
  auto what = tasks();
  auto has_ended = std::make_shared<std::promise<void>>();
  what.write = [disk, has_ended](const auto&, auto) {
    disk->get_future().wait();
    has_ended->set_value();
    return caf::error{};
  };
  auto writer = make(std::move(what));
  writer->begin(fact);
  CAF_CHECK(!writer->finish(20ms));
  auto before = std::chrono::steady_clock::now();
  writer.reset();
  CAF_CHECK(std::chrono::steady_clock::now() - before < 10s);
  CAF_CHECK((seen->all() == texts{"tell too hot"}));
  disk->set_value();
  has_ended->get_future().wait();
}

CAF_TEST(a cord has it begin after the last signal) {
  static thread_local int signals = 0;
  signals = 0;
  stop_cord cord{16, [](pid_t, int) noexcept { ++signals; }};
  auto writer = make(tasks());
  auto at_begin = 0;
  cord.observe([&](const stop_cord_pulled& x) {
    at_begin = signals;
    writer->begin(x);
  });
  CAF_REQUIRE(cord.add(17));
  cord.pull({"", "too hot", 255});
  CAF_CHECK_EQUAL(at_begin, 2);
  CAF_CHECK(writer->finish(20s));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace latch_writer_suite
