#include "export/parquet/parquet_framing.h"

#include "export/parquet/little_endian.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kChunksMax = 100'000;

// Reads what there is, at most `count` bytes. Returns errno.
int read_at(int file, std::uint64_t offset, std::size_t count, std::string& out) {
    out.resize(count);
    std::size_t have = 0;
    while (have < count) {
        const ssize_t got =
            ::pread(file, out.data() + have, count - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        if (got == 0) {
            break;
        }
        have += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    out.resize(have);
    return 0;
}

// What a file without a footer holds. Errors: errno.
class LeftOver {
public:
    explicit LeftOver(int file) : file_(file) {}

    [[nodiscard]] int read();
    [[nodiscard]] FileRemains remains() const;

private:
    [[nodiscard]] int read_head();
    [[nodiscard]] int read_row_group(bool& is_whole);

    int file_;
    std::uint64_t size_ = 0;
    std::uint64_t end_ = 0;
    std::optional<ParquetSchema> schema_;
    std::vector<PlacedRowGroup> row_groups_;
    std::string bytes_;
};

int LeftOver::read() {
    struct stat status {};
    if (::fstat(file_, &status) != 0) {
        return errno;
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
    int error = read_head();
    bool is_whole = schema_.has_value();
    while (error == 0 && is_whole) {
        error = read_row_group(is_whole);
    }
    return error;
}

int LeftOver::read_head() {
    constexpr std::size_t kFixed = kParquetMagic.size() + sizeof(std::uint32_t);
    if (const int error = read_at(file_, 0, kFixed, bytes_); error != 0) {
        return error;
    }
    std::string_view rest = bytes_;
    std::uint32_t length = 0;
    if (!rest.starts_with(kParquetMagic)) {
        return 0;
    }
    rest.remove_prefix(kParquetMagic.size());
    if (!take_little_endian(rest, length) || length > size_) {
        return 0;
    }
    if (const int error = read_at(file_, kFixed, length, bytes_); error != 0) {
        return error;
    }
    schema_ = bytes_.size() == length ? parse_parquet_schema(bytes_) : std::nullopt;
    end_ = schema_ ? kFixed + length : 0;
    return 0;
}

int LeftOver::read_row_group(bool& is_whole) {
    RowGroupHeader expected;
    expected.chunks.resize(schema_->columns.size());
    is_whole = false;
    if (const int error = read_at(file_, end_, expected.header_bytes(), bytes_); error != 0) {
        return error;
    }
    std::optional<RowGroupHeader> header = parse_row_group_header(bytes_);
    if (!header || header->chunks.size() != expected.chunks.size()) {
        return 0;
    }
    const std::uint64_t begin = end_ + header->header_bytes();
    const std::uint64_t end = begin + header->page_bytes();
    if (end > size_) {
        return 0;
    }
    row_groups_.push_back({.offset = begin, .header = std::move(*header)});
    end_ = end;
    is_whole = true;
    return 0;
}

FileRemains LeftOver::remains() const {
    if (row_groups_.empty()) {
        return {};
    }
    return {.bytes = end_, .holds_records = true, .tail = parquet_footer(*schema_, row_groups_)};
}

}  // namespace

bool ParquetFraming::accepts(const Preamble& preamble) const {
    return parse_parquet_schema(preamble.bytes).has_value();
}

void ParquetFraming::begin(std::shared_ptr<const Preamble> preamble) {
    preamble_ = std::move(preamble);
    schema_ = parse_parquet_schema(preamble_->bytes);
    row_groups_.clear();
}

std::string_view ParquetFraming::frame(
    const UnitRange& units, std::uint64_t offset, SteadyTime /*now*/
) {
    while (!row_groups_.empty() && row_groups_.back().offset >= offset) {
        row_groups_.pop_back();
    }
    framed_.clear();
    if (offset == 0) {
        framed_ += kParquetMagic;
        append_little_endian(framed_, static_cast<std::uint32_t>(preamble_->bytes.size()));
        framed_ += preamble_->bytes;
    }
    for (std::size_t i = units.first; i < units.first + units.count; ++i) {
        const std::string_view unit = units.block.unit(i);
        std::optional<RowGroupHeader> header = parse_row_group_header(unit);
        if (header && schema_ && header->chunks.size() == schema_->columns.size()) {
            const std::uint64_t begin = offset + framed_.size() + header->header_bytes();
            row_groups_.push_back({.offset = begin, .header = std::move(*header)});
            framed_ += unit;
        }
    }
    return framed_;
}

bool ParquetFraming::is_full() const noexcept {
    return schema_ && row_groups_.size() * schema_->columns.size() >= kChunksMax;
}

std::string_view ParquetFraming::end(std::uint64_t offset) {
    framed_.clear();
    while (!row_groups_.empty() && row_groups_.back().offset >= offset) {
        row_groups_.pop_back();
    }
    if (schema_) {
        framed_ = parquet_footer(*schema_, row_groups_);
    }
    return framed_;
}

Result<FileRemains> ParquetFraming::recover(int file) const {
    LeftOver left_over(file);
    if (const int error = left_over.read(); error != 0) {
        return Error{ErrorKind::kOutput, std::generic_category().message(error)};
    }
    return left_over.remains();
}

}  // namespace flowgauge
