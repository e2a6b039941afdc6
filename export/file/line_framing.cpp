#include "export/file/line_framing.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace flowgauge {

bool is_head_of_lines(const Preamble& preamble, const LineFormat& format) noexcept {
    if (!format.has_head) {
        return preamble.bytes.empty();
    }
    return preamble.bytes.ends_with('\n') && preamble.bytes.find('\0') == std::string::npos;
}

bool LineFraming::accepts(const Preamble& preamble) const {
    return is_head_of_lines(preamble, format_);
}

void LineFraming::begin(std::shared_ptr<const Preamble> preamble) {
    preamble_ = std::move(preamble);
}

std::string_view LineFraming::frame(
    const UnitRange& units, std::uint64_t offset, SteadyTime /*now*/
) {
    if (offset != 0 || preamble_->bytes.empty()) {
        return units.bytes();
    }
    first_bytes_ = preamble_->bytes;
    first_bytes_ += units.bytes();
    return first_bytes_;
}

bool LineFraming::ends_whole(int file, std::uint64_t bytes) const noexcept {
    char last = 0;
    return ::pread(file, &last, 1, static_cast<off_t>(bytes - 1)) == 1 && last == '\n';
}

Result<FileRemains> LineFraming::recover(int file) const {
    std::vector<char> block(std::size_t{1} << 20);
    FileRemains remains;
    std::uint64_t at = 0;
    std::uint64_t lines = 0;
    bool quoted = false;
    while (true) {
        const ssize_t count = ::pread(file, block.data(), block.size(), static_cast<off_t>(at));
        if (count < 0) {
            return Error{ErrorKind::kOutput, std::generic_category().message(errno)};
        }
        if (count == 0) {
            remains.holds_records = lines > (format_.has_head ? 1U : 0U);
            return remains;
        }
        for (ssize_t i = 0; i < count; ++i) {
            const char character = block[static_cast<std::size_t>(i)];
            quoted ^= format_.quoted_newlines && character == '"';
            if (character == '\n' && !quoted) {
                remains.bytes = at + static_cast<std::uint64_t>(i) + 1;
                ++lines;
            }
        }
        at += static_cast<std::uint64_t>(count);
    }
}

}  // namespace flowgauge
