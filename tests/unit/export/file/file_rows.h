// Rows of known content through a RotatingFile, with a clock that the test sets.
#pragma once

#include "export/file/line_framing.h"
#include "export/file/rotating_file.h"
#include "tests/support/small_file_system.h"

#include <gtest/gtest.h>

#include <poll.h>

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

// A block of rows, one unit each.
inline Block block_of_rows(std::uint64_t first, std::uint64_t behind) {
    Block block;
    for (std::uint64_t number = first; number < behind; ++number) {
        block.bytes += row_of(number);
        block.end_unit(1);
    }
    return block;
}

inline std::unique_ptr<FileFraming> row_framing() {
    return std::make_unique<LineFraming>(LineFormat{.quoted_newlines = false, .has_head = true});
}

// 2026-11-22 05:40:00 UTC, the time of the first file.
inline std::chrono::system_clock::time_point first_utc() {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'795'326'000));
}

struct FileRowsParts {
    std::unique_ptr<FileFraming> framing = row_framing();
    std::unique_ptr<DiskWriter> writer = DiskWriter::open();
};

// Writes rows 0, 1, 2, ... as a sink would that drops what finds no room, and knows what became of
// them.
class FileRows {
public:
    explicit FileRows(RotatingFileOptions options, FileRowsParts parts = {}) {
        options.utc_clock = [this] {
            return utc_;
        };
        options.tell = [this](FileNews news, const std::string& text) {
            news_.emplace_back(news, text);
        };
        Result<std::unique_ptr<RotatingFile>> opened = RotatingFile::open(
            std::move(options), std::move(parts.framing), std::move(parts.writer)
        );
        EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
        if (opened) {
            file_ = std::move(opened).value();
            turn();
        }
    }

    FileRows(const FileRows&) = delete;
    FileRows& operator=(const FileRows&) = delete;
    ~FileRows() = default;

    // One block of `count` rows; 0: what a sink sends first.
    void write(std::uint64_t count) {
        Block block = block_of_rows(next_, next_ + count);
        next_ += count;
        send(std::move(block));
        turn();
    }

    void send(Block block) {
        step();
        block.preamble = preamble_;
        block.sequence = ++sequence_;
        if (file_->has_room()) {
            file_->send(std::move(block));
        } else {
            dropped_[file_->loss()] += block.records;
        }
    }

    // Until it waits for nothing but time.
    void turn() {
        TransportWait wait;
        do {
            step();
            wait = {};
            file_->prepare_wait(wait);
            EXPECT_LE(wait.descriptors.size(), 1U);
        } while (!wait.descriptors.empty() &&
                 ::poll(wait.descriptors.data(), wait.descriptors.size(), 10'000) == 1);
    }

    // Once, whatever is under way.
    void step() {
        std::vector<Delivery> done;
        file_->turn(now_, done);
        for (const Delivery& delivery : done) {
            EXPECT_EQ(delivery.acknowledged + delivery.dropped.total(), delivery.block.records);
            acknowledged_ += delivery.acknowledged;
            dropped_ += delivery.dropped;
        }
    }

    void close() {
        file_->close();
        turn();
    }
    void reopen() {
        file_->reopen();
        turn();
    }
    void change(const FileRotation& rotation) {
        file_->change(rotation);
        turn();
    }

    void pass(std::chrono::milliseconds time) {
        now_ += time;
        utc_ += time;
    }
    void set_utc(std::chrono::system_clock::time_point utc) { utc_ = utc; }
    void set_head(std::string head) { preamble_ = make_preamble(std::move(head)); }

    [[nodiscard]] RotatingFile& file() { return *file_; }
    [[nodiscard]] SteadyTime now() const { return now_; }
    [[nodiscard]] const OutputNumbers& numbers() const { return file_->numbers(); }
    [[nodiscard]] std::uint64_t written() const { return next_; }
    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::uint64_t dropped(RecordLoss loss) const { return dropped_[loss]; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_.total(); }
    [[nodiscard]] const std::vector<std::pair<FileNews, std::string>>& news() const {
        return news_;
    }

private:
    SteadyTime now_ = SteadyTime(std::chrono::hours(1));
    std::chrono::system_clock::time_point utc_ = first_utc();
    std::uint64_t next_ = 0;
    std::uint64_t sequence_ = 0;
    std::uint64_t acknowledged_ = 0;
    RecordLosses dropped_;
    std::shared_ptr<const Preamble> preamble_ = make_preamble(std::string(kRowHead));
    std::vector<std::pair<FileNews, std::string>> news_;
    std::unique_ptr<RotatingFile> file_;
};

}  // namespace flowgauge::test
