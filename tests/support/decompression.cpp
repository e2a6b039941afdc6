#include "tests/support/decompression.h"

#include "tests/support/small_file_system.h"

#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace flowgauge::test {
namespace {

std::string from_zstd(std::string_view frames) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)> context(
        ::ZSTD_createDCtx(), &::ZSTD_freeDCtx
    );
    std::string out;
    std::array<char, 65536> part{};
    ZSTD_inBuffer in{.src = frames.data(), .size = frames.size(), .pos = 0};
    std::size_t left = 0;
    while (in.pos < in.size || left != 0) {
        ZSTD_outBuffer to{.dst = part.data(), .size = part.size(), .pos = 0};
        const std::size_t before = in.pos;
        left = ::ZSTD_decompressStream(context.get(), &to, &in);
        if (::ZSTD_isError(left) != 0 || (in.pos == before && to.pos == 0)) {
            return out + "damaged";
        }
        out.append(part.data(), to.pos);
    }
    return out;
}

std::string from_gzip(std::string_view frames) {
    z_stream stream{};
    std::string out;
    std::array<char, 65536> part{};
    if (::inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) {
        return "damaged";
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(frames.data()));
    stream.avail_in = static_cast<uInt>(frames.size());
    int status = Z_STREAM_END;
    while (status == Z_OK || stream.avail_in != 0) {
        stream.next_out = reinterpret_cast<Bytef*>(part.data());
        stream.avail_out = part.size();
        status = ::inflate(&stream, Z_NO_FLUSH);
        out.append(part.data(), part.size() - stream.avail_out);
        if (status == Z_STREAM_END) {
            ::inflateReset(&stream);
        } else if (status != Z_OK) {
            out += "damaged";
            break;
        }
    }
    ::inflateEnd(&stream);
    return out;
}

}  // namespace

std::string decompressed(Compression compression, std::string_view frames) {
    return compression == Compression::kZstd ? from_zstd(frames) : from_gzip(frames);
}

std::optional<std::string> decompressed_by(const std::string& tool, std::string_view frames) {
    const TestDirectory directory;
    const std::string from = directory.file("frames");
    const std::string to = directory.file("content");
    std::ofstream(from, std::ios::binary) << frames;
    // NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test of a program
    const int status = std::system((tool + " -dc <" + from + " >" + to + " 2>&1").c_str());
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        return std::nullopt;
    }
    return status == 0 ? content_of(to) : tool + " refuses it: " + content_of(to);
}

}  // namespace flowgauge::test
