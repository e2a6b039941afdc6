#include "export/compression/compressor.h"

#include "export/compression/gzip_compressor.h"
#include "export/compression/zstd_compressor.h"

namespace flowgauge {

std::unique_ptr<Compressor> make_compressor(Compression compression) {
    if (compression == Compression::kGzip) {
        return std::make_unique<GzipCompressor>();
    }
    return std::make_unique<ZstdCompressor>();
}

std::string_view suffix_of(Compression compression) noexcept {
    switch (compression) {
    case Compression::kZstd:
        return ".zst";
    case Compression::kGzip:
        return ".gz";
    case Compression::kNone:
        break;
    }
    return "";
}

Result<std::uint64_t> end_of_frames(Compression compression, const ReadAt& read) {
    return compression == Compression::kGzip ? end_of_gzip_members(read) : end_of_zstd_frames(read);
}

}  // namespace flowgauge
