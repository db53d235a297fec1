// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/requesters.hpp"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <latch>
#include <map>
#include <new>
#include <system_error>
#include <thread>

#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using table_layout = layout::requesters;

uint64_t generation_of(uint64_t owner) noexcept {
  return owner >> 32;
}

/// Whether an entry is that of a process which has not ended.
bool is_taken(uint64_t entry) noexcept {
  return (entry & FUTEX_TID_MASK) != 0 && (entry & FUTEX_OWNER_DIED) == 0;
}

uint64_t random_number() noexcept {
  uint64_t result = 0;
  if (::getrandom(&result, sizeof(result), 0) != sizeof(result))
    result = static_cast<uint64_t>(::getpid()) * 0x9e3779b97f4a7c15u;
  return result;
}

void initialise_table(table_layout& x) noexcept {
  x.magic = table_layout::wanted_magic;
  x.version = table_layout::wanted_version;
  x.size = sizeof(x);
  x.identity = random_number();
  // No request of another table is taken for one of this.
  for (auto& each : x.owners)
    each = random_number() << 32;
}

caf::error check_requesters(const memory_segment& segment,
                            const std::string& name) {
  auto bytes = segment.bytes();
  if (bytes.size() < sizeof(table_layout))
    return cannot_open(name, "it is cut short");
  const auto& x = *reinterpret_cast<const table_layout*>(bytes.data());
  if (x.magic != table_layout::wanted_magic)
    return cannot_open(name, "it is no table of requesters");
  if (x.version != table_layout::wanted_version || x.size != sizeof(x))
    return cannot_open(name, "its layout is of another version");
  return {};
}

} // namespace

/// A thread that owns an entry of a table until its end: of this object, or of
/// the process.
class requesters::membership {
public:
  explicit membership(table_layout& table) : table_(table) {
  }

  ~membership() {
    ended_.count_down();
    if (thread_.joinable())
      thread_.join();
  }

  caf::error start(const std::string& what) {
    if (auto err = start_thread(thread_, "rr-requests", what,
                                [this] { run(); }))
      return err;
    ready_.wait();
    if (failure_ != 0)
      return system_error(what, failure_);
    if (id_ == 0)
      return caf::make_error(ec::overloaded,
                             what + ": too many processes request values");
    return {};
  }

  /// 0 without one.
  uint64_t id() const noexcept {
    return id_;
  }

private:
  void run() noexcept {
    // It has a list of its own: that of the C library has another offset.
    head_.list.next = &head_.list;
    head_.futex_offset = 0;
    head_.list_op_pending = nullptr;
    if (::syscall(SYS_set_robust_list, &head_, sizeof(head_)) == 0)
      claim();
    else
      failure_ = errno;
    ready_.count_down();
    ended_.wait();
  }

  /// Takes the first free entry. The kernel looks at the word behind the only
  /// element of the list, which is not ours as long as our id is not in it: so
  /// the list comes first, and no instant is left between.
  void claim() noexcept {
    auto tid = static_cast<uint64_t>(::syscall(SYS_gettid));
    element_.next = &head_.list;
    for (size_t i = 0; i < table_layout::most; ++i) {
      auto entry = std::atomic_ref{table_.owners[i]};
      auto seen = entry.load();
      if (is_taken(seen))
        continue;
      head_.futex_offset = reinterpret_cast<char*>(&table_.owners[i])
                           - reinterpret_cast<char*>(&element_);
      head_.list.next = &element_;
      std::atomic_signal_fence(std::memory_order_seq_cst);
      // Never 0: that would not be told from `nobody`.
      auto generation = static_cast<uint32_t>(generation_of(seen) + 1);
      if (generation == 0)
        generation = 1;
      if (entry.compare_exchange_strong(seen,
                                        uint64_t{generation} << 32 | tid)) {
        id_ = uint64_t{generation} << 32 | i;
        return;
      }
      head_.list.next = &head_.list;
    }
  }

  table_layout& table_;
  robust_list_head head_{};
  robust_list element_{};
  uint64_t id_ = 0;
  int failure_ = 0;
  std::latch ready_{1};
  std::latch ended_{1};
  std::thread thread_;
};

caf::expected<requesters::pointer>
requesters::create(const std::string& prefix) {
  auto name = requesters_name(prefix);
  auto write = [](std::span<std::byte> bytes) {
    initialise_table(*reinterpret_cast<table_layout*>(bytes.data()));
  };
  return open_or_create(name, sizeof(table_layout), write,
                        [&] { return open(prefix); });
}

caf::expected<requesters::pointer> requesters::open(const std::string& prefix) {
  auto name = requesters_name(prefix);
  auto segment = memory_segment::open(name);
  if (!segment)
    return std::move(segment.error());
  if (auto failed = check_requesters(*segment, name))
    return failed;
  return share(prefix, std::move(*segment));
}

caf::expected<requesters::pointer> requesters::open_private() {
  static std::mutex mutex;
  // Never destroyed, as in `share`.
  static auto& table = *new pointer;
  auto guard = std::lock_guard{mutex};
  if (table)
    return table;
  auto segment = memory_segment::make_private(sizeof(table_layout));
  if (!segment)
    return std::move(segment.error());
  initialise_table(*reinterpret_cast<table_layout*>(segment->bytes().data()));
  auto made = make(std::move(*segment));
  if (made)
    table = *made;
  return made;
}

/// A process has one place in a table, however many buffers it has open, and
/// keeps it when all are closed: what it has requested is requested still. A
/// table that has been replaced goes with the last buffer of its time.
caf::expected<requesters::pointer> requesters::share(const std::string& prefix,
                                                     memory_segment segment) {
  static std::mutex mutex;
  // Never destroyed: the process may request to its very end.
  static auto& all = *new std::map<std::string, pointer>;
  auto guard = std::lock_guard{mutex};
  auto identity = [](const memory_segment& x) {
    return reinterpret_cast<const table_layout*>(x.bytes().data())->identity;
  };
  auto& known = all[prefix];
  if (known && identity(known->segment_) == identity(segment))
    return known;
  auto made = make(std::move(segment));
  if (made)
    known = *made;
  return made;
}

caf::expected<requesters::pointer> requesters::make(memory_segment segment) {
  auto* page = ::mmap(nullptr, sizeof(local_state), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED)
    return system_error("cannot set aside memory", errno);
  if (::madvise(page, sizeof(local_state), MADV_WIPEONFORK) != 0) {
    auto failed = errno;
    ::munmap(page, sizeof(local_state));
    return system_error("cannot keep memory from forks", failed);
  }
  // A mutex of zeros, as a fork finds it, is one that nobody holds.
  return pointer{new requesters(std::move(segment), new (page) local_state{})};
}

requesters::requesters(memory_segment segment, local_state* local) noexcept
  : segment_(std::move(segment)),
    local_(local) {
}

requesters::~requesters() {
  delete local_->held;
  ::munmap(local_, sizeof(local_state));
}

bool requesters::alive(uint64_t owner) const noexcept {
  auto index = static_cast<uint32_t>(owner);
  if (index >= table_layout::most)
    return false;
  auto entry
    = std::atomic_ref{table().owners[index]}.load(std::memory_order_acquire);
  return is_taken(entry) && generation_of(entry) == generation_of(owner);
}

caf::expected<uint64_t> requesters::self() {
  if (auto known = known_self())
    return known;
  auto guard = std::lock_guard{local_->mutex};
  if (auto known = known_self())
    return known;
  auto made = std::make_unique<membership>(table());
  if (auto err = made->start("cannot own a request"))
    return err;
  local_->self.store(made->id(), std::memory_order_release);
  local_->held = made.release();
  return known_self();
}

layout::requesters& requesters::table() const noexcept {
  return *reinterpret_cast<table_layout*>(segment_.bytes().data());
}

std::string requesters_name(const std::string& prefix) {
  return prefix + "-requesters";
}

} // namespace rr
