#include "export/file/compressed_framing.h"

#include <unistd.h>

#include <utility>

namespace flowgauge {

bool CompressedFraming::accepts(const Preamble& preamble) const {
    return is_head_of_lines(preamble, format_);
}

void CompressedFraming::begin(std::shared_ptr<const Preamble> preamble) {
    preamble_ = std::move(preamble);
}

std::string_view CompressedFraming::frame(
    const UnitRange& units, std::uint64_t offset, SteadyTime /*now*/
) {
    std::string_view bytes = units.bytes();
    if (offset == 0 && !preamble_->bytes.empty()) {
        plain_ = preamble_->bytes;
        plain_ += bytes;
        bytes = plain_;
    }
    framed_.clear();
    if (!bytes.empty()) {
        compressor_->append(framed_, bytes);
    }
    return framed_;
}

Result<FileRemains> CompressedFraming::recover(int file) const {
    Result<std::uint64_t> end =
        end_of_frames(compression_, [file](char* to, std::size_t count, std::uint64_t position) {
            return ::pread(file, to, count, static_cast<off_t>(position));
        });
    if (!end) {
        return std::move(end).error();
    }
    // The head goes with the first records, so a whole frame holds some.
    return FileRemains{.bytes = end.value(), .holds_records = end.value() != 0, .tail = {}};
}

}  // namespace flowgauge
