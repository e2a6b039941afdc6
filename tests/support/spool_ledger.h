// SpoolLedger: a spool under watch. Whatever is done with it, the law of its numbers is checked,
// and each block that comes out is compared with what went in.
#pragma once

#include "export/spool/spool.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace flowgauge::test {

// The text of one record. It begins with its number, and the rest depends on it.
[[nodiscard]] std::string spooled_record(std::uint64_t number);

// A block of `count` records from `first` on, a unit each.
[[nodiscard]] Block spooled_block(
    std::uint64_t first, std::uint32_t count, const std::shared_ptr<const Preamble>& preamble
);

// The numbers of a block's records. Nothing if any byte is not what spooled_block() made.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> records_of(const Block& block);

class SpoolLedger {
public:
    explicit SpoolLedger(SpoolOptions options);
    SpoolLedger(const SpoolLedger&) = delete;
    SpoolLedger& operator=(const SpoolLedger&) = delete;
    ~SpoolLedger() = default;

    // Closes the spool; open() is with these then.
    void set_options(SpoolOptions options);

    // Opens the spool, again after close(). Returns the message of the error, or nothing.
    [[nodiscard]] std::string open();
    void close() { spool_.reset(); }
    [[nodiscard]] Spool& spool() noexcept { return *spool_; }
    [[nodiscard]] const StoreNumbers& numbers() const noexcept { return spool_->numbers(); }

    // Appends a block of so many new records. Returns false, without using up their numbers, when
    // there is no room; what comes back as refused is taken off the account.
    bool append(std::uint32_t count);
    // Appends a block of other records. Requires: there is room.
    void append_block(Block block);
    void set_preamble(const std::string& text) { preamble_ = make_preamble(text); }

    // Appends blocks of so many records until the spool is full. Returns how many there was room
    // for.
    std::size_t fill(std::uint32_t count);

    // Moves the spool's time on by so much.
    void turn(std::chrono::milliseconds by = std::chrono::milliseconds(0));

    // Takes the next block, going on until there is one or none will come.
    [[nodiscard]] std::optional<Block> take();
    void acknowledge(const Block& block);

    // Takes and acknowledges everything. Returns how many blocks there were.
    std::size_t take_all();

    // Makes everything durable. Returns what flush() does.
    bool flush();

    // What was wrong so far: empty if nothing was.
    [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

    [[nodiscard]] const std::set<std::uint64_t>& appended() const noexcept { return appended_; }
    // By how often.
    [[nodiscard]] const std::map<std::uint64_t, int>& delivered() const noexcept {
        return delivered_;
    }
    [[nodiscard]] const std::vector<std::string>& told() const noexcept { return told_; }

private:
    void check(const std::string& after);
    void take_refused();

    SpoolOptions options_;
    std::unique_ptr<Spool> spool_;
    std::shared_ptr<const Preamble> preamble_;
    SteadyTime now_{};
    std::uint64_t next_record_ = 1;
    std::uint64_t appended_since_open_ = 0;
    std::uint64_t acknowledged_since_open_ = 0;
    std::set<std::uint64_t> appended_;
    std::map<std::uint64_t, int> delivered_;
    std::vector<std::string> told_;
    std::string complaint_;
};

}  // namespace flowgauge::test
