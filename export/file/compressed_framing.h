// CompressedFraming: files of compressed lines, one frame or member a write.
#pragma once

#include "export/compression/compressor.h"
#include "export/file/line_framing.h"

namespace flowgauge {

// What is written at one time is a whole frame, so that a torn one is all that a crash costs. Small
// blocks compress badly: a sink should let them wait for each other (SinkOptions::linger).
class CompressedFraming final : public FileFraming {
public:
    // Requires: not Compression::kNone.
    CompressedFraming(Compression compression, LineFormat format)
        : compression_(compression),
          format_(format),
          compressor_(make_compressor(compression)) {}

    [[nodiscard]] std::string_view suffix() const noexcept override {
        return suffix_of(compression_);
    }
    [[nodiscard]] bool accepts(const Preamble& preamble) const override;
    void begin(std::shared_ptr<const Preamble> preamble) override;
    [[nodiscard]] std::string_view frame(
        const UnitRange& units, std::uint64_t offset, SteadyTime now
    ) override;
    [[nodiscard]] Result<FileRemains> recover(int file) const override;

private:
    Compression compression_;
    LineFormat format_;
    std::unique_ptr<Compressor> compressor_;
    std::shared_ptr<const Preamble> preamble_;
    std::string plain_;
    std::string framed_;
};

}  // namespace flowgauge
