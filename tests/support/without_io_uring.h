// Runs something where the kernel refuses io_uring, as in containers with a strict seccomp filter.
#pragma once

#include <cerrno>
#include <functional>

namespace flowgauge::test {

// Calls `what` on a thread of its own, on which io_uring_setup(2) gives `error`. Returns false when
// such a thread cannot be made; `what` was not called then.
[[nodiscard]] bool run_without_io_uring(const std::function<void()>& what, int error = EPERM);

}  // namespace flowgauge::test
