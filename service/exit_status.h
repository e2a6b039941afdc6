// Exit statuses of the program.
#pragma once

#include "core/base/result.h"

#include <algorithm>

namespace flowgauge {

enum class ExitStatus : int {
    kDone = 0,
    kFailed = 1,   // while running
    kUsage = 2,    // what was asked for is impossible: options, files, link types
    kDamaged = 3,  // input damaged; what came before was delivered
    kOutput = 4,   // records, summary or rejected frames could not be written
};

[[nodiscard]] constexpr ExitStatus exit_status_of(ErrorKind kind) noexcept {
    switch (kind) {
    case ErrorKind::kUsage:
        return ExitStatus::kUsage;
    case ErrorKind::kDamaged:
        return ExitStatus::kDamaged;
    case ErrorKind::kSystem:
        return ExitStatus::kFailed;
    case ErrorKind::kOutput:
        return ExitStatus::kOutput;
    }
    return ExitStatus::kFailed;
}

// Of several failures the program reports the first of: output, usage, running, damaged.
[[nodiscard]] constexpr ExitStatus worse(ExitStatus a, ExitStatus b) noexcept {
    constexpr int kRank[] = {0, 2, 3, 1, 4};
    return kRank[static_cast<int>(a)] >= kRank[static_cast<int>(b)] ? a : b;
}

}  // namespace flowgauge
