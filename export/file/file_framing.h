// FileFraming: what makes units a file of a format: what stands before, between and behind them.
#pragma once

#include "core/base/result.h"
#include "export/sink/block.h"
#include "export/sink/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// Units of one block that follow each other.
struct UnitRange {
    const Block& block;
    std::size_t first = 0;
    std::size_t count = 0;

    // As they are in the block.
    [[nodiscard]] std::string_view bytes() const noexcept {
        if (count == 0) {
            return {};
        }
        const std::size_t begin = first == 0 ? 0 : block.units[first - 1].end;
        return std::string_view(block.bytes)
            .substr(begin, block.units[first + count - 1].end - begin);
    }
};

// What a file is worth that a process left without finishing it.
struct FileRemains {
    std::uint64_t bytes = 0;  // of whole units, from the beginning of the file
    bool holds_records = false;
    std::string tail;  // to be put behind them
};

// One instance for each transport. Thread: that of the sink; recover(): any that has it alone.
class FileFraming {
public:
    virtual ~FileFraming() = default;

    // What the names of files end in, behind that of the format: ".zst".
    [[nodiscard]] virtual std::string_view suffix() const noexcept { return {}; }

    // Whether a file that was closed can be gone on with. If not, each file gets a name of its own.
    [[nodiscard]] virtual bool appends() const noexcept { return true; }

    // Whether units of `preamble` are of this format. Asked about blocks from a spool: that of a
    // sink whose format was changed brings others.
    [[nodiscard]] virtual bool accepts(const Preamble& preamble) const = 0;

    // Another file is written, or units of another kind. Requires: `preamble` is of this
    // format.
    virtual void begin(std::shared_ptr<const Preamble> preamble) = 0;

    // The bytes of `units` to be written at `offset` of the file, with what has to stand before
    // them there; no unit means: that alone. What earlier calls gave for this offset or behind it
    // is not in the file: it could not be written, or was cut off. The result refers to the block
    // or to memory of the framing, until the next call.
    [[nodiscard]] virtual std::string_view frame(
        const UnitRange& units, std::uint64_t offset, SteadyTime now
    ) = 0;

    // With what the file begins, as far as the preamble tells.
    [[nodiscard]] virtual std::string_view head() const noexcept { return {}; }

    // Whether the file has as many units as the format can bear.
    [[nodiscard]] virtual bool is_full() const noexcept { return false; }

    // What stands behind the last unit, at `offset`. As frame().
    [[nodiscard]] virtual std::string_view end(std::uint64_t /*offset*/) { return {}; }

    // Whether the end of a file of `bytes` shows that no unit is torn, so that all of it need not
    // be read.
    [[nodiscard]] virtual bool ends_whole(int /*file*/, std::uint64_t /*bytes*/) const noexcept {
        return false;
    }

    // Looks what a file, open for reading, is worth. Cost: reads all of it. Error: kOutput.
    [[nodiscard]] virtual Result<FileRemains> recover(int file) const = 0;
};

}  // namespace flowgauge
