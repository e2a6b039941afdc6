// What the parts of a spool share: its files, its numbers, and its voice.
#pragma once

#include "export/spool/frame.h"
#include "export/spool/spool.h"
#include "export/spool/spool_directory.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace flowgauge {

struct Segment {
    std::uint64_t bytes = 0;  // on disk
    std::uint64_t limit = 0;  // what is behind holds no frame, or not yet
    bool is_damaged = false;  // it is set aside and not removed
};

// What the operator is told of. Of each, one message in a while.
enum class SpoolTopic : std::uint8_t { kDamage, kFull, kError, kTorn, kAside };
constexpr std::size_t kSpoolTopicCount = 5;

// Thread: one.
struct SpoolState {
    SpoolState(SpoolOptions given, SpoolDirectory opened)
        : options(std::move(given)),
          directory(std::move(opened)) {}

    SpoolOptions options;
    SpoolDirectory directory;
    std::uint64_t salt = 0;
    std::map<std::uint64_t, Segment> segments{};     // by number
    std::map<std::uint64_t, std::uint64_t> aside{};  // bytes by number
    SpoolPoint end{};                                // behind the last frame that is written
    StoreNumbers numbers{};
    SteadyTime now{};

    // So many records, which were counted as being there, cannot be read back.
    void count_damaged(std::uint64_t records);

    // So many bytes of a segment are no frame.
    void count_corrupt(std::uint64_t number, std::uint64_t bytes);

    // An operation on `what` failed.
    void count_error(const std::string& what, int error);

    void tell(SpoolTopic topic, const std::string& text);

    // Takes a segment away: removed, or set aside if it is damaged.
    void drop_segment(std::uint64_t number);

private:
    void bound_aside();

    struct Said {
        bool ever = false;
        SteadyTime at{};
        std::uint64_t left_out = 0;
    };
    std::array<Said, kSpoolTopicCount> said_{};
};

// Why there is no room for more.
[[nodiscard]] bool is_want_of_room(int error) noexcept;

}  // namespace flowgauge
