#include "export/file/message_framing.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kHeaderBytes = 16;  // RFC 7011 section 3.1
constexpr std::size_t kSetHeaderBytes = 4;
constexpr unsigned kVersion = 10;
constexpr unsigned kFirstDataSet = 256;  // RFC 7011 section 3.3.2

class MessageBytes final : public WireMessages {
public:
    explicit MessageBytes(std::string& out) : out_(out) {}
    void add(std::string_view message) override { out_ += message; }

private:
    std::string& out_;
};

unsigned number_at(const char* bytes) noexcept {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[0])) << 8U |
           static_cast<unsigned char>(bytes[1]);
}

// Walks the messages at the beginning of `bytes`. Returns where the last whole one ends.
std::size_t walk_messages(std::string_view bytes, bool& holds_records) {
    std::size_t at = 0;
    while (bytes.size() - at >= kHeaderBytes) {
        const std::size_t length = number_at(bytes.data() + at + 2);
        if (number_at(bytes.data() + at) != kVersion || length < kHeaderBytes ||
            length > bytes.size() - at) {
            break;
        }
        const bool has_set = length >= kHeaderBytes + kSetHeaderBytes;
        holds_records = holds_records ||
                        (has_set && number_at(bytes.data() + at + kHeaderBytes) >= kFirstDataSet);
        at += length;
    }
    return at;
}

}  // namespace

bool MessageFraming::accepts(const Preamble& preamble) const {
    return preamble.bytes.size() >= kHeaderBytes && number_at(preamble.bytes.data()) == kVersion;
}

void MessageFraming::begin(std::shared_ptr<const Preamble> preamble) {
    preamble_ = std::move(preamble);
    has_session_ = false;
}

std::string_view MessageFraming::frame(
    const UnitRange& units, std::uint64_t offset, SteadyTime now
) {
    framed_.clear();
    MessageBytes out(framed_);
    if (!has_session_ || offset != next_offset_) {
        has_session_ = true;
        protocol_->begin(false);
    }
    protocol_->prepare(preamble_.get(), now, out);
    for (std::size_t i = units.first; i < units.first + units.count; ++i) {
        protocol_->put(units.block.unit(i), units.block.units[i].records, out);
    }
    next_offset_ = offset + framed_.size();
    return framed_;
}

Result<FileRemains> MessageFraming::recover(int file) const {
    constexpr std::size_t kChunk = std::size_t{1} << 20;  // more than a message can have
    std::vector<char> chunk(kChunk);
    FileRemains remains;
    while (true) {
        const ssize_t count =
            ::pread(file, chunk.data(), chunk.size(), static_cast<off_t>(remains.bytes));
        if (count < 0) {
            return Error{ErrorKind::kOutput, std::generic_category().message(errno)};
        }
        const std::size_t whole =
            walk_messages({chunk.data(), static_cast<std::size_t>(count)}, remains.holds_records);
        if (whole == 0) {
            return remains;
        }
        remains.bytes += whole;
    }
}

}  // namespace flowgauge
