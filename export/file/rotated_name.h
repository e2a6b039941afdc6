// Names of files that follow each other: x.csv becomes x-20261122T054000Z-000001.csv, and
// .x-20261122T054000Z-000001.csv.part until it is whole.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flowgauge {

// What tells one file of a pattern from the others. Sequence numbers grow over restarts as well, so
// their order is that of making, whatever the clock did.
struct RotatedName {
    std::uint64_t sequence = 0;
    std::string start;  // "20261122T054000Z"

    friend auto operator<=>(const RotatedName&, const RotatedName&) = default;
};

// "20261122T054000Z"
[[nodiscard]] std::string utc_stamp(std::chrono::system_clock::time_point time);

// The names that come from one path.
class RotatedNames {
public:
    // `suffix` (".zst") comes behind the extension, unless `path` has it already.
    explicit RotatedNames(std::string path, std::string_view suffix = {});

    // Of the one file there is without rotation.
    [[nodiscard]] const std::string& plain() const noexcept { return plain_; }

    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
    [[nodiscard]] std::string finished(const RotatedName& name) const;
    [[nodiscard]] std::string unfinished(const RotatedName& name) const;

    // What finished() or unfinished() was made of, or nothing if it is a name of neither kind.
    [[nodiscard]] std::optional<RotatedName> parse_finished(std::string_view text) const;
    [[nodiscard]] std::optional<RotatedName> parse_unfinished(std::string_view text) const;

private:
    std::string plain_;
    std::string directory_;
    std::string stem_;
    std::string extension_;
};

}  // namespace flowgauge
