// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <caf/expected.hpp>

namespace rr {

/// Writes a file on a thread of its own, which nobody waits for longer than he
/// wants: a disk that hangs keeps this thread alone.
class record_job {
public:
  /// How long its end waits.
  static constexpr std::chrono::milliseconds last_patience{100};

  using body = std::function<caf::expected<std::string>(
    const std::function<bool()>& more)>;

  /// Begins.
  /// @param work may outlive this object, and whatever it uses is its own. It
  ///             returns soon once `more` is false, which waits a moment.
  /// @param told what `work` returns, on the same thread.
  /// @param has_time whether everybody else goes before it.
  /// @returns `ec::system_error` when there is no thread left.
  static caf::expected<std::unique_ptr<record_job>>
  start(body work, std::function<void(const caf::expected<std::string>&)> told,
        bool has_time = false);

  record_job(const record_job&) = delete;
  record_job& operator=(const record_job&) = delete;

  /// Finishes, and leaves the thread behind if that is in vain.
  ~record_job();

  /// Says that no more comes. From any thread.
  void finish() noexcept;

  /// Waits for its end. From any thread.
  /// @returns whether the file is there; none while that is not known.
  std::optional<bool> wait(std::chrono::steady_clock::time_point until);

private:
  struct shared;

  explicit record_job(std::shared_ptr<shared> state);

  std::shared_ptr<shared> state_;
  std::thread thread_;
};

} // namespace rr
