#include "tests/support/spool_ledger.h"

#include "core/base/format.h"
#include "core/base/hash.h"

#include <poll.h>

#include <charconv>
#include <utility>

namespace flowgauge::test {

std::string spooled_record(std::uint64_t number) {
    const std::uint64_t mixed = hash_words(1, number, 2);
    return format(
        "{}:{}\n", number, std::string(mixed % 97, static_cast<char>('a' + mixed / 97 % 26))
    );
}

Block spooled_block(
    std::uint64_t first, std::uint32_t count, const std::shared_ptr<const Preamble>& preamble
) {
    Block block;
    for (std::uint32_t i = 0; i < count; ++i) {
        block.bytes += spooled_record(first + i);
        block.end_unit(1);
    }
    block.preamble = preamble;
    return block;
}

std::optional<std::vector<std::uint64_t>> records_of(const Block& block) {
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i < block.units.size(); ++i) {
        const std::string_view text = block.unit(i);
        std::uint64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if (text != spooled_record(number) || block.units[i].records != 1) {
            return std::nullopt;
        }
        numbers.push_back(number);
    }
    if (numbers.size() != block.records ||
        (block.units.empty() ? 0 : block.units.back().end) != block.bytes.size()) {
        return std::nullopt;
    }
    return numbers;
}

SpoolLedger::SpoolLedger(SpoolOptions options) : preamble_(make_preamble("a,b,c\n")) {
    set_options(std::move(options));
}

void SpoolLedger::set_options(SpoolOptions options) {
    close();
    options_ = std::move(options);
    options_.tell = [this](const std::string& text) {
        told_.push_back(text);
    };
}

std::string SpoolLedger::open() {
    close();
    Result<std::unique_ptr<Spool>> opened = Spool::open(options_);
    if (!opened) {
        return opened.error().message;
    }
    spool_ = std::move(opened).value();
    now_ = std::chrono::steady_clock::now();
    appended_since_open_ = 0;
    acknowledged_since_open_ = 0;
    check("open");
    return {};
}

bool SpoolLedger::append(std::uint32_t count) {
    Block block = spooled_block(next_record_, count, preamble_);
    if (!spool_->has_room(block.bytes.size())) {
        return false;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        appended_.insert(next_record_ + i);
    }
    next_record_ += count;
    append_block(std::move(block));
    return true;
}

void SpoolLedger::append_block(Block block) {
    appended_since_open_ += block.records;
    spool_->append(std::move(block));
    check("append");
    take_refused();
}

std::size_t SpoolLedger::fill(std::uint32_t count) {
    const std::size_t bytes = spooled_block(next_record_, count, preamble_).bytes.size();
    const std::size_t before = appended_.size();
    while (!spool_->is_full(bytes)) {
        append(count);
        static_cast<void>(flush());
    }
    return (appended_.size() - before) / count;
}

void SpoolLedger::take_refused() {
    while (std::optional<Block> block = spool_->refused()) {
        const std::optional<std::vector<std::uint64_t>> numbers = records_of(*block);
        if (!numbers) {
            complaint_ += "a refused block is not what was appended\n";
            continue;
        }
        for (const std::uint64_t number : *numbers) {
            appended_.erase(number);
        }
        appended_since_open_ -= block->records;
        check("refused");
    }
}

void SpoolLedger::turn(std::chrono::milliseconds by) {
    now_ += by;
    spool_->turn(now_);
    check("turn");
    take_refused();
}

std::optional<Block> SpoolLedger::take() {
    while (spool_->has_next()) {
        std::optional<Block> block = spool_->next();
        check("next");
        if (block) {
            const std::optional<std::vector<std::uint64_t>> numbers = records_of(*block);
            if (!numbers || block->spool_frame == 0 || block->preamble == nullptr) {
                complaint_ += format("frame {} is not what was appended\n", block->spool_frame);
                return block;
            }
            for (const std::uint64_t number : *numbers) {
                ++delivered_[number];
            }
            return block;
        }
        TransportWait wait;
        spool_->prepare_wait(wait);
        if (!wait.descriptors.empty()) {
            constexpr int kSecond = 1000;
            static_cast<void>(::poll(
                wait.descriptors.data(),
                wait.descriptors.size(),
                wait.deadline && *wait.deadline <= now_ ? 0 : kSecond
            ));
        }
        turn();
    }
    return std::nullopt;
}

void SpoolLedger::acknowledge(const Block& block) {
    spool_->acknowledge(block.spool_frame);
    acknowledged_since_open_ += block.records;
    check("acknowledge");
}

std::size_t SpoolLedger::take_all() {
    std::size_t count = 0;
    while (const std::optional<Block> block = take()) {
        acknowledge(*block);
        ++count;
    }
    return count;
}

bool SpoolLedger::flush() {
    const bool is_done = spool_->flush(std::chrono::seconds(30));
    now_ = std::chrono::steady_clock::now();
    check("flush");
    take_refused();
    return is_done;
}

void SpoolLedger::check(const std::string& after) {
    const StoreNumbers& numbers = spool_->numbers();
    const std::uint64_t came = numbers.records_recovered + appended_since_open_;
    const std::uint64_t went = numbers.records + acknowledged_since_open_ + numbers.records_damaged;
    if (came != went) {
        complaint_ += format("after {}: {} came, {} went\n", after, came, went);
    }
    if (numbers.bytes > options_.size) {
        complaint_ += format("after {}: {} bytes on disk\n", after, numbers.bytes);
    }
}

}  // namespace flowgauge::test
