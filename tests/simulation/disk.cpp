// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/disk.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "app/runtime/robot_latch.hpp"
#include "messages/error.hpp"

namespace rr::simulation {

namespace {

/// Of this process, and gone with it.
class folder {
public:
  folder() {
    namespace fs = std::filesystem;
    auto memory = fs::path{"/dev/shm"};
    auto root = fs::is_directory(memory) ? memory : fs::temp_directory_path();
    path_ = root / "robot-simulation-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr)
      throw std::runtime_error("no directory: " + path_);
  }

  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};

const std::string& shared_path() {
  static folder result;
  return result.path();
}

/// A disk that fails where nothing is to fail ends the simulation.
void ensure(const caf::error& failed) {
  if (failed)
    throw std::runtime_error(describe(failed));
}

} // namespace

disk::disk() {
  auto opened = state_directory::make(shared_path());
  if (!opened)
    ensure(opened.error());
  state_ = std::move(*opened);
}

disk::~disk() {
  if (latched_) [[maybe_unused]]
    auto failed = state_->remove(latch_file);
}

void disk::latch(const stop_cause& cause, int exit_code) {
  stop_latch stop{"2026-01-01T00:00:00.000000Z", describe(cause), cause.process,
                  exit_code, "robot"};
  ensure(state_->replace(latch_file, to_file(stop)));
  latched_ = true;
}

void disk::spoil() {
  if (latched_)
    ensure(state_->replace(latch_file, "{ \"time\": "));
}

void disk::reset() {
  if (std::exchange(latched_, false))
    ensure(state_->remove(latch_file));
}

bool disk::refuses() const {
  return find_latch(*state_).has_value();
}

} // namespace rr::simulation
