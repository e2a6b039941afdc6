#include "export/compression/gzip_compressor.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <system_error>
#include <vector>

namespace flowgauge {
namespace {

constexpr int kLevel = 1;
constexpr int kGzipWindow = MAX_WBITS + 16;  // + 16: the header and trailer of gzip (zlib.h)
constexpr int kMemoryLevel = 8;
constexpr std::size_t kChunk = std::size_t{1} << 20;

Bytef* bytes_of(char* text) noexcept {
    return reinterpret_cast<Bytef*>(text);
}

// Reads members one behind the other, without keeping what is in them.
class MemberReader {
public:
    MemberReader() {
        if (::inflateInit2(&stream_, kGzipWindow) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    MemberReader(const MemberReader&) = delete;
    MemberReader& operator=(const MemberReader&) = delete;
    ~MemberReader() { ::inflateEnd(&stream_); }

    // Goes on with `bytes`, which were at `position`. Returns false when they are no member.
    bool take(char* bytes, std::size_t count, std::uint64_t position) {
        stream_.next_in = bytes_of(bytes);
        stream_.avail_in = static_cast<uInt>(count);
        while (stream_.avail_in != 0) {
            stream_.next_out = bytes_of(content_.data());
            stream_.avail_out = static_cast<uInt>(content_.size());
            const int status = ::inflate(&stream_, Z_NO_FLUSH);
            if (status == Z_STREAM_END) {
                end_ = position + count - stream_.avail_in;
                ::inflateReset(&stream_);
            } else if (status != Z_OK) {
                return false;
            }
        }
        return true;
    }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }

private:
    z_stream stream_{};
    std::vector<char> content_ = std::vector<char>(kChunk);
    std::uint64_t end_ = 0;
};

}  // namespace

void GzipCompressor::Closer::operator()(z_stream_s* stream) const noexcept {
    ::deflateEnd(stream);
    delete stream;
}

GzipCompressor::GzipCompressor() : stream_(new z_stream{}) {
    if (::deflateInit2(
            stream_.get(), kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY
        ) != Z_OK) {
        throw std::bad_alloc();
    }
}

// After deflateInit2() zlib takes no more memory, and there is room: it cannot fail.
void GzipCompressor::append(std::string& out, std::string_view bytes) {
    constexpr std::size_t kInputMax = std::numeric_limits<uInt>::max() / 2;
    do {
        const std::string_view part = bytes.substr(0, kInputMax);
        bytes.remove_prefix(part.size());
        z_stream& stream = *stream_;
        const std::size_t begin = out.size();
        out.resize(begin + ::deflateBound(&stream, static_cast<uLong>(part.size())));
        stream.next_in = bytes_of(const_cast<char*>(part.data()));  // zlib does not write there
        stream.avail_in = static_cast<uInt>(part.size());
        stream.next_out = bytes_of(out.data() + begin);
        stream.avail_out = static_cast<uInt>(out.size() - begin);
        ::deflate(&stream, Z_FINISH);
        out.erase(out.size() - stream.avail_out);
        ::deflateReset(&stream);
    } while (!bytes.empty());
}

Result<std::uint64_t> end_of_gzip_members(const ReadAt& read) {
    MemberReader members;
    std::vector<char> chunk(kChunk);
    std::uint64_t position = 0;
    while (true) {
        const ssize_t count = read(chunk.data(), chunk.size(), position);
        if (count < 0) {
            return Error{ErrorKind::kOutput, std::generic_category().message(errno)};
        }
        const auto size = static_cast<std::size_t>(count);
        if (size == 0 || !members.take(chunk.data(), size, position)) {
            return members.end();
        }
        position += size;
    }
}

}  // namespace flowgauge
