// UserNames: names of users, asked for apart from where they are needed, because asking may block
// (NSS: files, LDAP, sssd).
//
// Thread: one.
#pragma once

#include "core/base/recent_map.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

class UserNames {
public:
    using Clock = std::chrono::steady_clock;
    // The name of a user; empty: there is none. Nothing: it could not be asked for.
    using Ask = std::optional<std::string> (*)(std::uint32_t uid);

    static constexpr std::size_t kNamesMax = 4'096;
    static constexpr std::size_t kAskedAtOnceMax = 16;
    static constexpr std::chrono::minutes kBelieved{10};

    explicit UserNames(Ask ask = nullptr);  // null: getpwuid_r

    // The name as known, or empty; what is unknown or too old is noted for resolve(). Never blocks.
    [[nodiscard]] std::string find(std::int64_t uid, Clock::time_point now);

    // Asks for what is noted, kAskedAtOnceMax at most. May block. Returns whether names changed.
    bool resolve(Clock::time_point now);

private:
    struct Name {
        std::string text;
        Clock::time_point asked{};
        bool known = false;
        bool noted = false;
    };

    Ask ask_;
    RecentMap<std::uint32_t, Name> names_{kNamesMax};
    std::vector<std::uint32_t> noted_;
};

}  // namespace flowgauge
