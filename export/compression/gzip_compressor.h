// gzip (RFC 1952): members of level 1.
#pragma once

#include "export/compression/compressor.h"

struct z_stream_s;

namespace flowgauge {

class GzipCompressor final : public Compressor {
public:
    GzipCompressor();
    void append(std::string& out, std::string_view bytes) override;

private:
    struct Closer {
        void operator()(z_stream_s* stream) const noexcept;
    };
    std::unique_ptr<z_stream_s, Closer> stream_;
};

[[nodiscard]] Result<std::uint64_t> end_of_gzip_members(const ReadAt& read);

}  // namespace flowgauge
