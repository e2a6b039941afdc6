// Anonymizer: puts pseudonyms in the place of what chosen columns say, for one sink.
#pragma once

#include "core/base/result.h"
#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

class Pseudonyms;

enum class AnonymizeMethod : std::uint8_t {
    kBlake2b,    // NFStream's: the keyed BLAKE2b of the value's text, in hexadecimal digits
    kCryptoPan,  // another address that keeps the relations of networks
};

struct AnonymizeOptions {
    std::string columns{};  // names, between them commas; empty: none
    AnonymizeMethod method = AnonymizeMethod::kBlake2b;
    std::string key_file{};         // empty: a random key each time
    std::size_t digest_bytes = 64;  // of kBlake2b; NFStream has 64
};

[[nodiscard]] std::string_view to_string(AnonymizeMethod method) noexcept;

// Whether `method` has pseudonyms for values of `type`: kCryptoPan for addresses and MAC addresses
// alone.
[[nodiscard]] bool fits(AnonymizeMethod method, ColumnType type) noexcept;

// What a column of `type` says then: text by kBlake2b. A format whose place for the column takes an
// address alone must refuse it.
[[nodiscard]] ColumnType anonymized_type(AnonymizeMethod method, ColumnType type) noexcept;

// Thread: the sink's, once it is open. A column of a MAC address takes that of its OUI with it.
// Equal values have equal pseudonyms in all columns, and in all sinks with the same key and method.
class Anonymizer {
public:
    // Errors (kUsage): an unknown column, one that the method does not fit, or a bad key file.
    [[nodiscard]] static Result<std::unique_ptr<Anonymizer>> open(
        const AnonymizeOptions& options, const MeterOptions& meter
    );
    ~Anonymizer();
    Anonymizer(const Anonymizer&) = delete;
    Anonymizer& operator=(const Anonymizer&) = delete;

    // `columns` with ours in the place of those that say too much; their names stay. The anonymizer
    // must outlive the list.
    [[nodiscard]] std::vector<const Column*> replaced(std::vector<const Column*> columns) const;

    // For formats whose places take an address alone (kCryptoPan): what stands for it. Where the
    // method fails, it is the address 0.
    [[nodiscard]] IpAddress address(const IpAddress& value, std::uint8_t version) const;

    // The columns that are replaced, as the table names them.
    [[nodiscard]] std::vector<std::string> columns() const;

    // What the operator should know of the key, for the log; empty when all is well.
    [[nodiscard]] const std::string& warning() const noexcept { return warning_; }

private:
    class Source;

    Anonymizer() = default;

    std::shared_ptr<const RecordExtension> extension_;  // whose columns may be among ours
    std::shared_ptr<Pseudonyms> pseudonyms_;
    std::vector<std::unique_ptr<Source>> sources_;
    std::string warning_;
};

}  // namespace flowgauge
