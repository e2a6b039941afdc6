// LineFraming: files of lines, which are CSV or JSON.
#pragma once

#include "export/file/file_framing.h"

namespace flowgauge {

struct LineFormat {
    // A newline inside double quotes does not end a record (RFC 4180 section 2.6).
    bool quoted_newlines = false;
    bool has_head = false;  // the first line is no record
};

// Whether a preamble is the line of text that a format with a head has, or nothing without one.
[[nodiscard]] bool is_head_of_lines(const Preamble& preamble, const LineFormat& format) noexcept;

// The units are lines; the preamble is the first one of each file.
class LineFraming final : public FileFraming {
public:
    explicit LineFraming(LineFormat format) : format_(format) {}

    [[nodiscard]] bool accepts(const Preamble& preamble) const override;
    void begin(std::shared_ptr<const Preamble> preamble) override;
    [[nodiscard]] std::string_view frame(
        const UnitRange& units, std::uint64_t offset, SteadyTime now
    ) override;
    [[nodiscard]] std::string_view head() const noexcept override { return preamble_->bytes; }
    [[nodiscard]] bool ends_whole(int file, std::uint64_t bytes) const noexcept override;
    [[nodiscard]] Result<FileRemains> recover(int file) const override;

private:
    LineFormat format_;
    std::shared_ptr<const Preamble> preamble_;
    std::string first_bytes_;  // of a file: with its head
};

}  // namespace flowgauge
