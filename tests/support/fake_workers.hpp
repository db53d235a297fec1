// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>
#include <vector>

#include "bridges/system/worker_threads.hpp"

namespace rr {

/// Keeps the jobs that it is given until the test has them done.
class fake_workers : public job_runner {
public:
  bool submit(job work) override {
    if (full)
      return false;
    jobs.push_back(std::move(work));
    return true;
  }

  void do_all() {
    for (auto& each : std::exchange(jobs, {}))
      each();
  }

  bool full = false;
  std::vector<job> jobs;
};

} // namespace rr
