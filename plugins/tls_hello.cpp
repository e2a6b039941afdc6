#include "plugins/tls_hello.h"

#include <optional>

namespace flowgauge::plugins {
namespace {

using plugin::Bytes;

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kVersionMajor = 3;
constexpr std::size_t kRecordHeaderBytes = 5;
constexpr std::size_t kRecordBytesMax = 16'384 + 256;  // RFC 8446 section 5.2
constexpr std::size_t kMessageHeaderBytes = 4;
constexpr std::size_t kRandomBytes = 32;

// Takes fields from the front, and remembers whether one was missing.
class Fields {
public:
    explicit Fields(Bytes bytes) noexcept : bytes_(bytes) {}

    [[nodiscard]] bool whole() const noexcept { return whole_; }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

    Bytes bytes(std::size_t count) noexcept {
        whole_ = whole_ && count <= bytes_.size();
        if (!whole_) {
            bytes_ = Bytes();
            return bytes_;
        }
        const Bytes taken = bytes_.first(count);
        bytes_ = bytes_.from(count);
        return taken;
    }
    std::uint8_t u8() noexcept { return bytes(1).u8(0); }
    std::uint16_t u16() noexcept { return bytes(2).u16(0); }

    // A vector behind its length.
    Fields vector8() noexcept { return Fields(bytes(u8())); }
    Fields vector16() noexcept { return Fields(bytes(u16())); }

    std::vector<std::uint16_t> numbers() {
        std::vector<std::uint16_t> values;
        while (bytes_.size() >= 2) {
            values.push_back(u16());
        }
        whole_ = whole_ && bytes_.empty();
        return values;
    }

private:
    Bytes bytes_;
    bool whole_ = true;
};

bool take_extension(std::uint16_t kind, Fields body, HelloType type, TlsHello& hello) {
    hello.extensions.push_back(kind);
    switch (kind) {
    case 13: {  // signature_algorithms
        Fields list = body.vector16();
        hello.signature_algorithms = list.numbers();
        return body.whole() && list.whole();
    }
    case 16: {  // application_layer_protocol_negotiation
        Fields list = body.vector16();
        const std::size_t size = list.u8();
        hello.first_application = list.bytes(size).text();
        return body.whole() && list.whole();
    }
    case 43: {  // supported_versions
        Fields list = type == HelloType::kClient ? body.vector8() : body;
        hello.supported_versions = list.numbers();
        return body.whole() && list.whole() && !hello.supported_versions.empty();
    }
    default:
        return true;
    }
}

bool read_hello(Bytes body, HelloType type, TlsHello& hello) {
    hello = TlsHello();
    Fields fields(body);
    hello.version = fields.u16();
    fields.bytes(kRandomBytes);
    fields.vector8();  // session
    if (type == HelloType::kClient) {
        Fields ciphers = fields.vector16();
        hello.ciphers = ciphers.numbers();
        fields.vector8();  // compression methods
        if (!ciphers.whole()) {
            return false;
        }
    } else {
        hello.ciphers.push_back(fields.u16());
        fields.u8();  // compression method
    }
    if (!fields.whole() || hello.version >> 8 != kVersionMajor) {
        return false;
    }
    Fields extensions(fields.empty() ? Fields(Bytes()) : fields.vector16());
    while (!extensions.empty()) {
        const std::uint16_t kind = extensions.u16();
        const Fields extension = extensions.vector16();
        if (!extensions.whole() || !take_extension(kind, extension, type, hello)) {
            return false;
        }
    }
    return fields.whole();
}

// Whether the bytes are, or may become, the beginning of a record of the handshake.
bool may_be_record(Bytes stream) {
    const std::size_t size = stream.u16(3);
    return (stream.empty() || stream[0] == kHandshakeRecord) &&
           (stream.size() < 2 || stream[1] == kVersionMajor) &&
           (stream.size() < kRecordHeaderBytes || (size > 0 && size <= kRecordBytesMax));
}

// Bytes of the message with its header, as far as its beginning tells; none: it is no such hello.
std::optional<std::size_t> message_bytes(Bytes message, HelloType type) {
    if (!message.empty() && message[0] != static_cast<std::uint8_t>(type)) {
        return std::nullopt;
    }
    const bool known = message.size() >= kMessageHeaderBytes;
    const std::size_t bytes = kMessageHeaderBytes + (known ? message.u32(0) & 0xffffffU : 0);
    return bytes <= kHelloBytesMax ? std::optional(bytes) : std::nullopt;
}

}  // namespace

HelloSearch find_hello(
    Bytes stream, HelloType type, std::vector<std::uint8_t>& records, TlsHello& hello
) {
    records.clear();
    std::optional<std::size_t> wanted = kMessageHeaderBytes;
    while (records.size() < *wanted) {
        if (!may_be_record(stream)) {
            return HelloSearch::kNone;
        }
        const std::size_t size = stream.u16(3);
        const Bytes fragment = stream.from(kRecordHeaderBytes).first(size);
        records.insert(records.end(), fragment.begin(), fragment.end());
        wanted = message_bytes({records.data(), records.size()}, type);
        if (!wanted) {
            return HelloSearch::kNone;
        }
        const bool cut = stream.size() < kRecordHeaderBytes || fragment.size() < size;
        if (cut && records.size() < *wanted) {
            return HelloSearch::kPart;
        }
        stream = stream.from(kRecordHeaderBytes + size);
    }
    const Bytes message(records.data(), records.size());
    return read_hello(message.first(*wanted).from(kMessageHeaderBytes), type, hello)
               ? HelloSearch::kFound
               : HelloSearch::kNone;
}

}  // namespace flowgauge::plugins
