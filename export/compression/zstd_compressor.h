// zstd (RFC 8878): frames of level 1, with a checksum of the content.
#pragma once

#include "export/compression/compressor.h"

struct ZSTD_CCtx_s;

namespace flowgauge {

class ZstdCompressor final : public Compressor {
public:
    ZstdCompressor();
    void append(std::string& out, std::string_view bytes) override;

private:
    struct Closer {
        void operator()(ZSTD_CCtx_s* context) const noexcept;
    };
    std::unique_ptr<ZSTD_CCtx_s, Closer> context_;
};

// A frame of more than 64 MiB counts as torn.
[[nodiscard]] Result<std::uint64_t> end_of_zstd_frames(const ReadAt& read);

}  // namespace flowgauge
