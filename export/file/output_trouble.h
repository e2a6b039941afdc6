// OutputTrouble: whether an output fails at present, when it is tried again, and what the operator
// has heard of it.
#pragma once

#include "export/file/file_rotation.h"
#include "export/sink/transport.h"

#include <chrono>
#include <functional>
#include <string>

namespace flowgauge {

// Thread: one. It is tried again after 1 s, then 2 s, up to 30 s.
class OutputTrouble {
public:
    using Tell = std::function<void(FileNews news, const std::string& text)>;

    OutputTrouble(std::string path, Tell tell) : path_(std::move(path)), tell_(std::move(tell)) {}

    // It failed, as `problem` says. The same problem is told once.
    void fail(std::string problem, SteadyTime now);
    void succeed();

    // It is tried again at the next turn, whatever has failed before.
    void try_at_once() noexcept { retry_at_ = {}; }
    void try_later(SteadyTime now) noexcept { retry_at_ = now + backoff_; }

    [[nodiscard]] bool is_failing() const noexcept { return failing_; }
    [[nodiscard]] bool is_waiting(SteadyTime now) const noexcept {
        return failing_ && now < retry_at_;
    }
    [[nodiscard]] SteadyTime retry_at() const noexcept { return retry_at_; }
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

    void tell(FileNews news, const std::string& text) const { tell_(news, path_ + ": " + text); }

private:
    std::string path_;
    Tell tell_;
    bool failing_ = false;
    SteadyTime retry_at_;
    std::chrono::seconds backoff_{0};
    std::string problem_;
};

}  // namespace flowgauge
