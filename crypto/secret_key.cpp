#include "crypto/secret_key.h"

#include "core/base/file_descriptor.h"
#include "core/base/format.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

// What a file held, until it is a key.
struct FileBytes {
    explicit FileBytes(std::size_t room) : bytes(room) {}
    FileBytes(const FileBytes&) = delete;
    FileBytes& operator=(const FileBytes&) = delete;
    ~FileBytes() { ::OPENSSL_cleanse(bytes.data(), bytes.size()); }

    std::vector<std::uint8_t> bytes;
    std::size_t size = 0;
};

Error key_error(const std::string& path, std::string_view why, std::size_t bytes) {
    return Error{
        ErrorKind::kUsage,
        format(
            "{}: {}; it must hold {} bytes, raw or as {} hexadecimal digits, as `openssl rand -hex "
            "{}` writes them",
            path,
            why,
            bytes,
            2 * bytes,
            bytes
        )};
}

int digit_of(std::uint8_t c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The bytes that `digits` stand for; false if one is none.
bool read_digits(std::span<const std::uint8_t> digits, std::span<std::uint8_t> out) noexcept {
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = digit_of(digits[2 * i]);
        const int low = digit_of(digits[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = static_cast<std::uint8_t>(16 * high + low);
    }
    return true;
}

std::span<const std::uint8_t> without_line_break(std::span<const std::uint8_t> text) noexcept {
    for (const char end : {'\n', '\r'}) {
        if (!text.empty() && text.back() == static_cast<std::uint8_t>(end)) {
            text = text.first(text.size() - 1);
        }
    }
    return text;
}

// All of the file, or as much as there is room for.
bool read_whole(int descriptor, FileBytes& held_bytes) noexcept {
    while (held_bytes.size < held_bytes.bytes.size()) {
        const ::ssize_t got = ::read(
            descriptor,
            held_bytes.bytes.data() + held_bytes.size,
            held_bytes.bytes.size() - held_bytes.size
        );
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0;
        }
        held_bytes.size += static_cast<std::size_t>(got);
    }
    return true;
}

}  // namespace

SecretKey::~SecretKey() {
    ::OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

Result<SecretKey> SecretKey::read(const std::string& path, std::size_t bytes) {
    const auto system_reason = [] {
        return std::system_category().message(errno);
    };
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct ::stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        return key_error(path, system_reason(), bytes);
    }
    if (!S_ISREG(status.st_mode)) {
        return key_error(path, "it is no file", bytes);
    }
    FileBytes held_bytes(2 * bytes + 3);
    if (!read_whole(file.get(), held_bytes)) {
        return key_error(path, system_reason(), bytes);
    }
    const std::span<const std::uint8_t> held = std::span(held_bytes.bytes).first(held_bytes.size);
    const std::span<const std::uint8_t> digits = without_line_break(held);
    SecretKey key{std::vector<std::uint8_t>(bytes)};
    if (held.size() == bytes) {
        key.bytes_.assign(held.begin(), held.end());
    } else if (digits.size() != 2 * bytes || !read_digits(digits, key.bytes_)) {
        return key_error(path, format("its {} bytes are no key", status.st_size), bytes);
    }
    key.is_exposed_ = (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
    return key;
}

Result<SecretKey> SecretKey::random(std::size_t bytes) {
    SecretKey key{std::vector<std::uint8_t>(bytes)};
    if (::RAND_bytes(key.bytes_.data(), static_cast<int>(bytes)) != 1) {
        return Error{ErrorKind::kSystem, "OpenSSL gives no random bytes for a key"};
    }
    return key;
}

}  // namespace flowgauge
