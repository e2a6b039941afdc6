#include "export/anonymize/pseudonyms.h"

namespace flowgauge {

// When the digest fails, nothing is told: empty text.
void HashedPseudonyms::text(std::string_view value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (value.empty() || !hash_.digest(value, digest_)) {
        out().text({});
        return;
    }
    for (std::size_t i = 0; i < hash_.digest_bytes(); ++i) {
        digits_[2 * i] = kDigits[digest_[i] >> 4];
        digits_[2 * i + 1] = kDigits[digest_[i] & 0x0f];
    }
    out().token({digits_.data(), 2 * hash_.digest_bytes()});
}

void HashedPseudonyms::list(std::span<const std::int64_t> values) {
    list_text_ = "[";
    for (std::size_t i = 0; i < values.size(); ++i) {
        list_text_ += i == 0 ? "" : ", ";
        append_number(list_text_, values[i]);
    }
    list_text_ += ']';
    text(list_text_);
}

// When the cipher fails, the address of nobody.
void PrefixPseudonyms::address(const IpAddress& value, std::uint8_t version) {
    out().address(cipher_.address(value, version).value_or(IpAddress{}), version);
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
