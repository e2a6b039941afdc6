#include "export/anonymize/pseudonyms.h"

#include "export/text/python_text.h"

namespace flowgauge {

// When the digest fails, nothing is told: empty text.
void HashedPseudonyms::text(std::string_view value) {
    Digest digest{};
    if (value.empty() || !hash_.digest(value, digest)) {
        out().text({});
        return;
    }
    tell(digest);
}

void HashedPseudonyms::address(const IpAddress& value, std::uint8_t version) {
    const Digest* const digest = addresses_.get(value, version, [&](Digest& made) {
        std::array<char, kIpTextMax> text{};
        const char* const end = write_ip(text.data(), value, version);
        return hash_.digest({text.data(), end}, made);
    });
    if (digest == nullptr) {
        out().text({});
        return;
    }
    tell(*digest);
}

void HashedPseudonyms::tell(const Digest& digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<char, 2 * KeyedHash::kDigestMax> digits{};
    for (std::size_t i = 0; i < hash_.digest_bytes(); ++i) {
        digits[2 * i] = kDigits[digest[i] >> 4];
        digits[2 * i + 1] = kDigits[digest[i] & 0x0f];
    }
    out().token({digits.data(), 2 * hash_.digest_bytes()});
}

void HashedPseudonyms::list(std::span<const std::int64_t> values) {
    list_text_.clear();
    append_python_list(list_text_, values);
    text(list_text_);
}

void HashedPseudonyms::texts(std::span<const std::string_view> values) {
    list_text_.clear();
    append_python_list(list_text_, values);
    text(list_text_);
}

// When the cipher fails, the address of nobody.
void PrefixPseudonyms::address(const IpAddress& value, std::uint8_t version) {
    const IpAddress* const told = addresses_.get(value, version, [&](IpAddress& made) {
        const std::optional<IpAddress> other = cipher_.address(value, version);
        made = other.value_or(IpAddress{});
        return other.has_value();
    });
    out().address(told == nullptr ? IpAddress{} : *told, version);
}

// The address of nobody, which stands for none at all, stays so.
void PrefixPseudonyms::mac(const MacAddress& value, std::size_t bytes) {
    MacAddress told{};
    std::uint64_t bits = 0;
    for (const std::uint8_t byte : value) {
        bits = bits << 8 | byte;
    }
    const std::uint64_t changed = bits == 0 ? 0 : cipher_.mac(bits).value_or(0);
    for (std::size_t i = 0; i < told.size(); ++i) {
        told[i] = static_cast<std::uint8_t>(changed >> (40 - 8 * i));
    }
    out().mac(told, bytes);
}

}  // namespace flowgauge
