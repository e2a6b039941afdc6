#include "export/file/output_trouble.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::chrono::seconds kBackoffMin{1};
constexpr std::chrono::seconds kBackoffMax{30};

}  // namespace

void OutputTrouble::fail(std::string problem, SteadyTime now) {
    backoff_ = failing_ ? std::min(2 * backoff_, kBackoffMax) : kBackoffMin;
    retry_at_ = now + backoff_;
    if (!failing_ || problem != problem_) {
        problem_ = std::move(problem);
        tell_(FileNews::kFailing, problem_ + "; records wait until it can be written");
    }
    failing_ = true;
}

void OutputTrouble::succeed() {
    if (failing_) {
        failing_ = false;
        problem_.clear();
        tell(FileNews::kWorking, "it can be written again");
    }
}

}  // namespace flowgauge
