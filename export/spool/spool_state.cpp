#include "export/spool/spool_state.h"

#include "core/base/format.h"

#include <cerrno>
#include <system_error>

namespace flowgauge {
namespace {

constexpr std::chrono::seconds kTellEvery{10};
constexpr std::uint64_t kAsideShare = 8;  // of the spool's size, for what is set aside
constexpr std::size_t kAsideFilesMax = 16;

}  // namespace

bool is_want_of_room(int error) noexcept {
    return error == ENOSPC || error == EDQUOT;
}

void SpoolState::count_damaged(std::uint64_t records) {
    numbers.records -= records;
    numbers.records_damaged += records;
    if (records != 0) {
        tell(
            SpoolTopic::kDamage,
            format(
                "{} records could not be read back; {} since the start",
                records,
                numbers.records_damaged
            )
        );
    }
}

void SpoolState::count_corrupt(std::uint64_t number, std::uint64_t bytes) {
    numbers.corrupt_bytes += bytes;
    if (const auto found = segments.find(number); found != segments.end()) {
        found->second.is_damaged = true;
    }
    tell(
        SpoolTopic::kDamage,
        format("{} bytes of {} are damaged; the file is kept", bytes, segment_name(number))
    );
}

void SpoolState::count_error(const std::string& what, int error) {
    ++numbers.errors;
    tell(SpoolTopic::kError, what + ": " + std::generic_category().message(error));
}

void SpoolState::tell(SpoolTopic topic, const std::string& text) {
    if (!options.tell) {
        return;
    }
    Said& said = said_.at(static_cast<std::size_t>(topic));
    if (said.ever && now - said.at < kTellEvery) {
        ++said.left_out;
        return;
    }
    std::string message = "spool " + directory.path() + ": " + text;
    if (said.left_out != 0) {
        message += format(" ({} messages like this were left out)", said.left_out);
    }
    said = {.ever = true, .at = now, .left_out = 0};
    options.tell(message);
}

void SpoolState::drop_segment(std::uint64_t number) {
    const auto found = segments.find(number);
    if (found == segments.end()) {
        return;
    }
    const Segment segment = found->second;
    segments.erase(found);
    const int error =
        segment.is_damaged ? directory.set_aside(number) : directory.remove_segment(number);
    if (error != 0 && error != ENOENT) {
        count_error("remove " + segment_name(number), error);
    }
    if (segment.is_damaged && error == 0) {
        aside[number] = segment.bytes;
        bound_aside();
    } else {
        numbers.bytes -= segment.bytes;
    }
}

void SpoolState::bound_aside() {
    std::uint64_t bytes = 0;
    for (const auto& [number, size] : aside) {
        bytes += size;
    }
    // One file may take more, so that a small spool keeps evidence as well.
    while (aside.size() > kAsideFilesMax || bytes > options.size / 2 ||
           (aside.size() > 1 && bytes > options.size / kAsideShare)) {
        const auto [number, size] = *aside.begin();
        if (const int error = directory.remove_aside(number); error != 0 && error != ENOENT) {
            count_error("remove a damaged file", error);
        }
        tell(SpoolTopic::kAside, format("the oldest damaged file ({} bytes) is removed", size));
        bytes -= size;
        numbers.bytes -= size;
        aside.erase(aside.begin());
    }
}

}  // namespace flowgauge
