// SPDX-License-Identifier: BSD-3-Clause

// Shared-memory objects that an enemy has written: a device's buffer, the
// robot's state, and the table of those who request values. Whoever opens one
// reads inside of it, and comes to an end.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

using object_bytes = std::vector<std::byte>;

/// Of this process alone.
const std::string& own_prefix() {
  static const auto result = "fuzz" + std::to_string(::getpid());
  return result;
}

/// An object of that name and content, for as long as this lives.
class planted_object {
public:
  planted_object(std::string name, fuzz::input bytes)
    : name_("/" + std::move(name)) {
    auto file = file_descriptor{
      ::shm_open(name_.c_str(), O_CREAT | O_TRUNC | O_RDWR, 0600)};
    require(::write(file.get(), bytes.data(), bytes.size())
              == static_cast<ssize_t>(bytes.size()),
            "there is room for the object");
  }

  planted_object(const planted_object&) = delete;
  planted_object& operator=(const planted_object&) = delete;

  ~planted_object() {
    ::shm_unlink(name_.c_str());
  }

private:
  std::string name_;
};

device_type enemy_type() {
  device_type result;
  result.name = "motor";
  auto add = [&](const char* name, const char* type, device_value safe) {
    parameter next;
    next.id = static_cast<uint16_t>(result.parameters.size());
    next.name = name;
    next.type = *parse_value_type(type);
    next.writeable = true;
    if (!safe.is_null())
      next.safe = std::move(safe);
    result.parameters.push_back(std::move(next));
  };
  add("brake", "bool", true);
  add("speed", "float", 0.5);
  add("name", "char[20]", nullptr);
  add("image", "uint8[300]", 7);
  result.parameters[1].lower = -1.0;
  result.parameters[1].upper = 1.0;
  result.parameters[2].expires = std::chrono::milliseconds{100};
  return result;
}

buffer_name enemy_name() {
  return {own_prefix(), {"motor", {.random = 5}}};
}

/// A whole buffer, as this program makes it.
object_bytes sound_buffer() {
  auto type = enemy_type();
  auto layout = make_buffer_layout(enemy_name(), type, fingerprint(type));
  object_bytes result(layout.header.size);
  write_description(layout, result);
  process_lock::initialise(&result[layout.header.lock]);
  result[layout.header.flags] = std::byte{3};
  return result;
}

/// The checksum is no secret: an enemy's is right. See docs/buffers.md.
void write_checksum(object_bytes& object) {
  auto at = offsetof(layout::header, checksum);
  std::memset(&object[at], 0, 8);
  auto type = enemy_type();
  auto size = make_buffer_layout(enemy_name(), type, 0).description_size;
  uint64_t sum = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; i += 8) {
    uint64_t word;
    std::memcpy(&word, &object[i], 8);
    sum = (sum ^ word) * 0x100000001b3u;
  }
  std::memcpy(&object[at], &sum, 8);
}

/// Writes over pieces of an object: a place and a length of 16 bits each, and
/// the bytes.
void deface(object_bytes& object, fuzz::pieces& from) {
  while (!from.empty()) {
    size_t at = from.number<uint16_t>() % object.size();
    size_t size = from.number<uint8_t>() % 32;
    auto bytes = from.take(std::min(size, object.size() - at));
    std::ranges::copy(bytes, object.begin() + static_cast<ptrdiff_t>(at));
  }
}

/// All that reads without taking the lock: who can write to it at will can harm
/// whoever does.
void read_all(const shared_buffer& buffer, const robot_state& robot) {
  for (auto block : {buffer_block::update, buffer_block::write}) {
    if (auto seen = buffer.snapshot(block))
      require(seen->values().is_object(), "a snapshot is a map");
    object_bytes out(buffer.values_size(block));
    (void) buffer.read_values(block, out.data());
    (void) buffer.last_change(block);
  }
  for (const auto& each : buffer.type().parameters) {
    (void) buffer.get(each.name);
    (void) buffer.requested(each.name, robot);
  }
  (void) buffer.requests(robot);
  (void) buffer.pending_writes();
  (void) buffer.connected();
  (void) buffer.ended_driver();
}

void read_buffer(object_bytes& object, const robot_state& robot) {
  planted_object planted{to_string(enemy_name()), object};
  for (const auto& each : list_buffers(own_prefix()))
    require(each == enemy_name(), "a buffer bears its own name");
  list_unreadable(own_prefix());
  auto buffer = shared_buffer::open(enemy_name());
  if (!buffer)
    return;
  auto size = object.size();
  for (auto block : {buffer_block::update, buffer_block::write})
    for (size_t i = 0; i < (*buffer)->type().parameters.size(); ++i)
      if (auto at = (*buffer)->offset_of(block, i))
        require(*at + (*buffer)->type().parameters[i].type.size() <= size,
                "a value lies inside of its object");
  read_all(**buffer, robot);
  require((*buffer)->take_pending_reads().size()
            <= (*buffer)->type().parameters.size(),
          "no parameter is asked for that is not there");
}

void read_state(fuzz::input bytes) {
  planted_object planted{robot_state_name(own_prefix()), bytes};
  auto robot = robot_state::open(own_prefix());
  if (!robot)
    return;
  auto report = (*robot)->read();
  require(report.enabled || !report.reason.empty() || report.owner != 0
            || !bytes.empty(),
          "there is a reason");
  (void) (*robot)->holds();
  (void) (*robot)->follows(17);
  auto buffer = sound_buffer();
  read_buffer(buffer, **robot);
}

void read_requesters(fuzz::input bytes) {
  planted_object planted{requesters_name(own_prefix()), bytes};
  if (auto table = requesters::open(own_prefix()))
    for (uint64_t owner : {uint64_t{0}, uint64_t{17}, ~uint64_t{0}})
      (void) (*table)->alive(owner);
}

const robot_state& enabled_robot() {
  static auto result = robot_state::make_private(std::chrono::minutes{1});
  (*result)->enable();
  return **result;
}

/// A sound state or table, with the enemy's bytes in it.
template <class Layout>
object_bytes defaced(fuzz::pieces from) {
  Layout model{};
  model.magic = Layout::wanted_magic;
  model.version = Layout::wanted_version;
  model.size = sizeof(model);
  if constexpr (requires { model.patience; })
    model.patience = std::chrono::nanoseconds{std::chrono::minutes{1}}.count();
  object_bytes result(sizeof(model));
  std::memcpy(result.data(), &model, sizeof(model));
  deface(result, from);
  return result;
}

} // namespace

FUZZ_TARGET(shared_memory) {
  fuzz::pieces from{bytes};
  auto way = from.number<uint8_t>();
  if (way == 0) {
    object_bytes object{bytes.begin(), bytes.end()};
    read_buffer(object, enabled_robot());
  } else if (way == 1) {
    read_state(bytes);
  } else if (way == 2) {
    read_state(defaced<layout::robot_state>(from));
  } else if (way == 3) {
    read_requesters(defaced<layout::requesters>(from));
  } else {
    auto object = sound_buffer();
    deface(object, from);
    if (way % 2 == 0)
      write_checksum(object);
    read_buffer(object, enabled_robot());
  }
}
