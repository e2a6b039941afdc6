// Pseudonyms: what is said in the place of a value, by one method and one key.
#pragma once

#include "core/record/column.h"
#include "crypto/crypto_pan.h"
#include "crypto/keyed_hash.h"
#include "export/anonymize/address_cache.h"
#include "export/text/number_text.h"

#include <array>
#include <string>
#include <utility>

namespace flowgauge {

// Passes pseudonyms of the values that it gets on to another sink. Thread: one.
class Pseudonyms : public ValueSink {
public:
    // Values go to `out` until the next call.
    void pass_to(ValueSink& out) noexcept { out_ = &out; }

protected:
    [[nodiscard]] ValueSink& out() noexcept { return *out_; }

private:
    ValueSink* out_ = nullptr;
};

// The digest of a value's text, as CSV has it, in hexadecimal digits. Empty text stays empty: there
// is nothing to hide, and what is absent stays so.
class HashedPseudonyms final : public Pseudonyms {
public:
    explicit HashedPseudonyms(KeyedHash hash) : hash_(std::move(hash)) {}

    void unsigned_integer(std::uint64_t value) override { number(value); }
    void integer(std::int64_t value) override { number(value); }
    void real(double value) override { number(value); }
    void text(std::string_view value) override;
    void address(const IpAddress& value, std::uint8_t version) override;
    void list(std::span<const std::int64_t> values) override;
    void texts(std::span<const std::string_view> values) override;
    void absent() override { out().absent(); }

private:
    using Digest = std::array<std::uint8_t, KeyedHash::kDigestMax>;

    void tell(const Digest& digest);

    template <typename Number>
    void number(Number value) {
        std::array<char, kNumberTextMax> digits{};
        text({digits.data(), write_number(digits.data(), value)});
    }

    KeyedHash hash_;
    AddressCache<Digest> addresses_;
    std::string list_text_;
};

// Other addresses of the same kind. Values that are none are not told: open() refuses their
// columns.
class PrefixPseudonyms final : public Pseudonyms {
public:
    explicit PrefixPseudonyms(CryptoPan cipher) : cipher_(std::move(cipher)) {}

    void unsigned_integer(std::uint64_t /*value*/) override { out().unsigned_integer(0); }
    void integer(std::int64_t /*value*/) override { out().integer(0); }
    void real(double /*value*/) override { out().real(0); }
    void text(std::string_view /*value*/) override { out().text({}); }
    void list(std::span<const std::int64_t> /*values*/) override { out().list({}); }
    void texts(std::span<const std::string_view> /*values*/) override { out().texts({}); }
    void absent() override { out().absent(); }
    void address(const IpAddress& value, std::uint8_t version) override;
    void mac(const MacAddress& value, std::size_t bytes) override;

private:
    CryptoPan cipher_;
    AddressCache<IpAddress> addresses_;
};

}  // namespace flowgauge
