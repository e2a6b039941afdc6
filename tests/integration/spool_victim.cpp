// spool_victim: appends to a spool and acknowledges what comes out of it, until it is killed.
//
//     spool_victim DIRECTORY RUN [drain]
//
// Says on standard output what it knows, a line each, before it goes on:
//
//     kept N        records up to N of this run are in the spool
//     out RUN N M   records N to M of that run came out, unharmed, and are now acknowledged
//     bad ...       something came out that never went in: exit status 3
//
// With `drain` it appends nothing and ends when the spool is empty.
#include "core/base/format.h"
#include "core/base/hash.h"
#include "export/spool/spool.h"

#include <poll.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::uint64_t kAcknowledgeEvery = 16;  // frames
constexpr std::size_t kBehindMax = 100;          // frames that are out and not acknowledged
constexpr std::uint64_t kBacklog = 200;          // frames in the spool before any comes out

void say(const std::string& line) {
    // One write a line, so that none is torn; a pipe keeps it when this process is gone.
    static_cast<void>(!::write(STDOUT_FILENO, line.data(), line.size()));
}

std::string record(std::uint64_t run, std::uint64_t number) {
    const std::uint64_t mixed = hash_words(run, number, 1);
    return format("{} {} {:0{}d}\n", run, number, mixed % 10, mixed % 400 + 1);
}

class Victim {
public:
    Victim(Spool& spool, std::uint64_t run) : spool_(spool), run_(run) {}

    int live(bool drains) {
        while (!is_wrong_) {
            if (!drains) {
                append();
            }
            spool_.turn(std::chrono::steady_clock::now());
            tell_kept();
            const std::size_t behind = drains ? 0 : kBehindMax;
            if (drains || spool_.numbers().records > kBacklog) {
                take();
            }
            acknowledge(behind);
            if (drains && !spool_.has_next()) {
                return spool_.flush(std::chrono::seconds(30)) && !is_wrong_ ? 0 : 1;
            }
            wait();
        }
        return 3;
    }

private:
    struct Out {
        std::uint64_t frame = 0;
        std::string text;
    };

    // A few records, each a unit. The size depends on the number alone.
    void append() {
        Block block;
        std::uint64_t next = appended_;
        for (std::uint64_t left = hash_words(run_, appended_, 2) % 9 + 1; left != 0; --left) {
            block.bytes += record(run_, ++next);
            block.end_unit(1);
        }
        if (!spool_.has_room(block.bytes.size())) {
            return;
        }
        block.preamble = make_preamble(format("run {}\n", run_ / 7));
        appended_ = next;
        ends_.push_back(next);
        spool_.append(std::move(block));
        if (spool_.refused()) {
            say("bad: refused\n");
            is_wrong_ = true;
        }
    }

    void tell_kept() {
        for (; told_ < spool_.numbers().frames_written; ++told_) {
            say(format("kept {}\n", ends_.front()));
            ends_.pop_front();
        }
    }

    void take() {
        while (spool_.has_next() && out_.size() < kBehindMax + kAcknowledgeEvery) {
            const std::optional<Block> block = spool_.next();
            if (!block) {
                return;
            }
            out_.push_back({.frame = block->spool_frame, .text = look_at(*block)});
        }
    }

    // What is to be said of the block when it is acknowledged.
    std::string look_at(const Block& block) {
        std::uint64_t run = 0;
        std::uint64_t first = 0;
        for (std::size_t i = 0; i < block.units.size(); ++i) {
            const std::string_view text = block.unit(i);
            std::uint64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto [behind_run, ignored] = std::from_chars(text.data(), end, run);
            if (behind_run != end) {
                std::from_chars(behind_run + 1, end, number);
            }
            first = i == 0 ? number : first;
            if (text != record(run, number) || number != first + i) {
                is_wrong_ = true;
            }
        }
        if (is_wrong_ || block.preamble->bytes != format("run {}\n", run / 7)) {
            say(format("bad: frame {}\n", block.spool_frame));
            is_wrong_ = true;
            return {};
        }
        return format("out {} {} {}\n", run, first, first + block.units.size() - 1);
    }

    void acknowledge(std::size_t behind) {
        if (out_.size() < behind + kAcknowledgeEvery && behind != 0) {
            return;
        }
        while (out_.size() > behind) {
            say(out_.front().text);
            spool_.acknowledge(out_.front().frame);
            out_.pop_front();
        }
    }

    void wait() const {
        TransportWait wait;
        spool_.prepare_wait(wait);
        if (!wait.descriptors.empty() && !spool_.has_room(1)) {
            static_cast<void>(::poll(wait.descriptors.data(), wait.descriptors.size(), 10));
        }
    }

    Spool& spool_;
    std::uint64_t run_;
    bool is_wrong_ = false;
    std::uint64_t appended_ = 0;
    std::uint64_t told_ = 0;          // frames
    std::deque<std::uint64_t> ends_;  // last records of frames that are not told
    std::deque<Out> out_;
};

int live(const std::string& directory, std::uint64_t run, bool drains) {
    SpoolOptions options;
    options.directory = directory;
    options.size = std::uint64_t{256} << 20U;
    options.segment_size = std::uint64_t{64} << 10U;
    options.sync_interval = std::chrono::milliseconds(3);
    options.tell = [](const std::string& text) {
        say("told " + text + "\n");
    };
    Result<std::unique_ptr<Spool>> spool = Spool::open(std::move(options));
    if (!spool) {
        say("bad: " + spool.error().message + "\n");
        return 1;
    }
    const int status = Victim(*spool.value(), run).live(drains);
    const StoreNumbers& numbers = spool.value()->numbers();
    say(format("damaged {} {}\n", numbers.records_damaged, numbers.corrupt_bytes));
    return status;
}

}  // namespace
}  // namespace flowgauge

int main(int count, char** words) {
    std::uint64_t run = 0;
    if (count < 3) {
        return 2;
    }
    const std::string_view text(words[2]);
    std::from_chars(text.data(), text.data() + text.size(), run);
    return flowgauge::live(words[1], run, count > 3 && std::string_view(words[3]) == "drain");
}
