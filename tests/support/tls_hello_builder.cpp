#include "tests/support/tls_hello_builder.h"

#include <algorithm>

namespace flowgauge::test {
namespace {

Bytes numbers(const std::vector<std::uint16_t>& values) {
    Bytes bytes;
    for (const std::uint16_t value : values) {
        bytes = joined({bytes, be16(value)});
    }
    return bytes;
}

Bytes behind_length16(BytesView bytes) {
    return joined({be16(bytes.size()), bytes});
}

Bytes message(std::uint8_t type, BytesView body) {
    const Bytes header = {
        type,
        static_cast<std::uint8_t>(body.size() >> 16),
        static_cast<std::uint8_t>(body.size() >> 8),
        static_cast<std::uint8_t>(body.size())};
    return joined({header, body});
}

Bytes records_of(BytesView handshake, std::size_t record_bytes_max) {
    Bytes bytes;
    while (!handshake.empty()) {
        const BytesView part = handshake.first(std::min(record_bytes_max, handshake.size()));
        handshake = handshake.subspan(part.size());
        bytes = joined({bytes, Bytes{22, 3, 1}, behind_length16(part)});
    }
    return bytes;
}

Bytes extensions_of(const std::vector<HelloExtension>& extensions) {
    Bytes bytes;
    for (const HelloExtension& extension : extensions) {
        bytes = joined({bytes, be16(extension.kind), behind_length16(extension.body)});
    }
    return extensions.empty() ? bytes : behind_length16(bytes);
}

}  // namespace

HelloExtension supported_versions(const std::vector<std::uint16_t>& versions) {
    const Bytes list = numbers(versions);
    return {.kind = 43, .body = joined({Bytes{static_cast<std::uint8_t>(list.size())}, list})};
}

HelloExtension signature_algorithms(const std::vector<std::uint16_t>& algorithms) {
    return {.kind = 13, .body = behind_length16(numbers(algorithms))};
}

HelloExtension application(std::string_view name) {
    const Bytes entry = joined({Bytes{static_cast<std::uint8_t>(name.size())}, text(name)});
    return {.kind = 16, .body = behind_length16(entry)};
}

Bytes client_hello(
    const std::vector<std::uint16_t>& ciphers,
    const std::vector<HelloExtension>& extensions,
    std::size_t record_bytes_max
) {
    const Bytes body = joined(
        {be16(0x0303),
         pattern(32),
         Bytes{4, 1, 2, 3, 4},
         behind_length16(numbers(ciphers)),
         Bytes{1, 0},
         extensions_of(extensions)}
    );
    return records_of(message(1, body), record_bytes_max);
}

Bytes server_hello(std::uint16_t cipher, const std::vector<HelloExtension>& extensions) {
    const Bytes body = joined(
        {be16(0x0303), pattern(32), Bytes{0}, be16(cipher), Bytes{0}, extensions_of(extensions)}
    );
    return records_of(message(2, body), 16'384);
}

Bytes chrome_hello(std::size_t record_bytes_max) {
    std::vector<HelloExtension> extensions = {{.kind = 0x2a2a}, {.kind = 0x3a3a}};
    for (const std::uint16_t kind : std::vector<std::uint16_t>{0, 0x17, 0xff01, 0xa, 0xb, 0x23}) {
        extensions.push_back({.kind = kind});
    }
    extensions.push_back(application("h2"));
    for (const std::uint16_t kind : std::vector<std::uint16_t>{5, 0x12, 0x33, 0x2d}) {
        extensions.push_back({.kind = kind});
    }
    extensions.push_back(signature_algorithms(
        {0x0a0a, 0x1a1a, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601}
    ));
    extensions.push_back(supported_versions({0xeaea, 0xfafa, 0x0304, 0x0303}));
    for (const std::uint16_t kind : std::vector<std::uint16_t>{0x1b, 0x4469, 0x15, 0x4a4a}) {
        extensions.push_back({.kind = kind});
    }
    return client_hello(
        {0x5a5a,
         0x6a6a,
         0x1301,
         0x1302,
         0x1303,
         0xc02b,
         0xc02f,
         0xc02c,
         0xc030,
         0xcca9,
         0xcca8,
         0xc013,
         0xc014,
         0x009c,
         0x009d,
         0x002f,
         0x0035},
        extensions,
        record_bytes_max
    );
}

}  // namespace flowgauge::test
