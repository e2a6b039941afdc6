#include "export/compression/zstd_compressor.h"

#include <zstd.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <vector>

namespace flowgauge {
namespace {

constexpr int kLevel = 1;
constexpr std::size_t kChunk = std::size_t{1} << 20;
constexpr std::size_t kFrameMax = std::size_t{64} << 20;

}  // namespace

void ZstdCompressor::Closer::operator()(ZSTD_CCtx_s* context) const noexcept {
    ::ZSTD_freeCCtx(context);
}

ZstdCompressor::ZstdCompressor() : context_(::ZSTD_createCCtx()) {
    if (context_ == nullptr) {
        throw std::bad_alloc();
    }
    ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
    ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

void ZstdCompressor::append(std::string& out, std::string_view bytes) {
    const std::size_t begin = out.size();
    out.resize(begin + ::ZSTD_compressBound(bytes.size()));
    const std::size_t count = ::ZSTD_compress2(
        context_.get(), out.data() + begin, out.size() - begin, bytes.data(), bytes.size()
    );
    if (::ZSTD_isError(count) != 0) {
        out.resize(begin);
        throw std::bad_alloc();  // there was room, so it can be nothing else
    }
    out.resize(begin + count);
}

Result<std::uint64_t> end_of_zstd_frames(const ReadAt& read) {
    std::vector<char> held;  // from `end` on
    std::uint64_t end = 0;
    while (true) {
        const std::size_t before = held.size();
        held.resize(before + std::max(kChunk, before));
        const ssize_t count = read(held.data() + before, held.size() - before, end + before);
        if (count < 0) {
            return Error{ErrorKind::kOutput, std::generic_category().message(errno)};
        }
        held.resize(before + static_cast<std::size_t>(count));
        std::size_t at = 0;
        while (at < held.size()) {
            const std::size_t frame =
                ::ZSTD_findFrameCompressedSize(held.data() + at, held.size() - at);
            if (::ZSTD_isError(frame) != 0) {
                break;  // torn, or more of it has to be read
            }
            at += frame;
        }
        end += at;
        held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(at));
        if (count == 0 || held.size() > kFrameMax) {
            return end;
        }
    }
}

}  // namespace flowgauge
