// Rows of known content through a RotatingFile, with a clock that the test sets.
#pragma once

#include "export/file/rotating_file.h"
#include "tests/support/small_file_system.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge::test {

constexpr std::string_view kRowHead = "head\n";
constexpr std::size_t kRowBytes = 10;

// "000000007\n"
inline std::string row_of(std::uint64_t number) {
    std::string digits = std::to_string(number);
    return std::string(kRowBytes - 1 - digits.size(), '0') + digits + "\n";
}

inline std::string rows_of(std::uint64_t first, std::uint64_t behind) {
    std::string rows;
    for (std::uint64_t number = first; number < behind; ++number) {
        rows += row_of(number);
    }
    return rows;
}

// 2026-11-22 05:40:00 UTC, the time of the first file.
inline FileMoment first_moment() {
    return {
        .steady = std::chrono::steady_clock::time_point(std::chrono::hours(1)),
        .utc = std::chrono::system_clock::time_point(std::chrono::seconds(1'795'326'000))};
}

// Writes rows 0, 1, 2, ... and knows what became of them.
class FileRows {
public:
    explicit FileRows(RotatingFileOptions options, std::string_view head = kRowHead) {
        options.clock = [this] {
            return now_;
        };
        options.tell = [this](FileNews news, const std::string& text) {
            news_.emplace_back(news, text);
        };
        Result<std::unique_ptr<Transport>> opened = RotatingFile::open(std::move(options));
        EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
        if (opened) {
            file_ = std::move(opened).value();
            file_->begin(head);
        }
    }

    FileRows(const FileRows&) = delete;
    FileRows& operator=(const FileRows&) = delete;
    ~FileRows() = default;

    // One batch of `count` rows.
    void write(std::uint64_t count) {
        const std::string bytes = rows_of(next_, next_ + count);
        std::vector<std::uint32_t> ends;
        for (std::uint64_t i = 1; i <= count; ++i) {
            ends.push_back(static_cast<std::uint32_t>(i * kRowBytes));
        }
        EXPECT_TRUE(file_->write({.bytes = bytes, .ends = ends}).has_value());
        next_ += count;
    }

    void pass(std::chrono::milliseconds time) {
        now_.steady += time;
        now_.utc += time;
    }
    void set_utc(std::chrono::system_clock::time_point utc) { now_.utc = utc; }

    [[nodiscard]] Transport& file() { return *file_; }
    [[nodiscard]] const OutputNumbers& numbers() const { return file_->numbers(); }
    [[nodiscard]] std::uint64_t written() const { return next_; }
    [[nodiscard]] std::uint64_t dropped(RecordLoss loss) const { return numbers().dropped[loss]; }
    [[nodiscard]] const std::vector<std::pair<FileNews, std::string>>& news() const {
        return news_;
    }

private:
    FileMoment now_ = first_moment();
    std::uint64_t next_ = 0;
    std::vector<std::pair<FileNews, std::string>> news_;
    std::unique_ptr<Transport> file_;
};

}  // namespace flowgauge::test
