#include "export/anonymize/anonymizer.h"

#include "core/base/format.h"
#include "core/base/spelling.h"
#include "core/flow/flow_extension.h"
#include "crypto/secret_key.h"
#include "export/anonymize/pseudonyms.h"

#include <algorithm>
#include <array>
#include <utility>

namespace flowgauge {
namespace {

// What tells a part of another column, and so goes with it.
struct Part {
    std::string_view whole;
    std::string_view part;
};
constexpr std::array kParts{Part{"src_mac", "src_oui"}, Part{"dst_mac", "dst_oui"}};

// Built-in columns, whatever the meter fills, and those of the extension.
std::vector<const Column*> known_columns(const MeterOptions& meter) {
    std::vector<const Column*> known;
    known.reserve(all_columns().size());
    for (const Column& column : all_columns()) {
        known.push_back(&column);
    }
    if (meter.extension != nullptr) {
        for (const Column& column : meter.extension->columns()) {
            known.push_back(&column);
        }
    }
    return known;
}

Error unknown_column(
    std::string_view name, const std::vector<const Column*>& known, TimeUnit unit
) {
    std::vector<std::string> names;
    for (const Column* column : known) {
        names.push_back(with_unit(column->name, unit));
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    const std::string near = did_you_mean(nearest_word(name, candidates));
    return Error{
        ErrorKind::kUsage,
        format(
            "anonymize: unknown column \"{}\"{}",
            name,
            near.empty() ? "; `flowgauge fields` lists them" : near
        )};
}

Error unfit_column(std::string_view name, const Column& column) {
    return Error{
        ErrorKind::kUsage,
        format(
            "anonymize: column \"{}\" is of type {}, and cryptopan is for addresses and MAC "
            "addresses "
            "alone; blake2b takes every column",
            name,
            to_string(column.type)
        )};
}

// The columns that are named and those that tell a part of them, each once. A column that the meter
// does not fill now is taken as well: it may tomorrow.
Result<std::vector<const Column*>> columns_of(
    const AnonymizeOptions& options, const MeterOptions& meter
) {
    const TimeUnit unit = meter.flow.time_unit;
    const std::vector<const Column*> all = known_columns(meter);
    std::vector<const Column*> found;
    std::string_view left = options.columns;
    while (!left.empty()) {
        const std::size_t comma = std::min(left.find(','), left.size());
        const std::string_view name = left.substr(0, comma);
        left.remove_prefix(std::min(comma + 1, left.size()));
        const auto at = std::ranges::find_if(all, [&](const Column* known) {
            return with_unit(known->name, unit) == name;
        });
        if (at == all.end()) {
            return unknown_column(name, all, unit);
        }
        const Column* column = *at;
        if (!fits(options.method, column->type)) {
            return unfit_column(name, *column);
        }
        found.push_back(column);
        for (const Part& part : kParts) {
            if (part.whole == name) {
                found.push_back(*std::ranges::find(all, part.part, &Column::name));
            }
        }
    }
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

// Keeps an address; what is none leaves 0.
class AddressSink final : public SelectiveSink {
public:
    void address(const IpAddress& kept, std::uint8_t /*version*/) override { value = kept; }

    IpAddress value;
};

Result<std::unique_ptr<Pseudonyms>> pseudonyms_of(
    const AnonymizeOptions& options, const SecretKey& key
) {
    if (options.method == AnonymizeMethod::kCryptoPan) {
        Result<CryptoPan> cipher = CryptoPan::open(key);
        if (!cipher) {
            return std::move(cipher).error().within("anonymize");
        }
        return std::unique_ptr<Pseudonyms>(
            std::make_unique<PrefixPseudonyms>(std::move(cipher).value())
        );
    }
    Result<KeyedHash> hash = KeyedHash::open(key.bytes(), options.digest_bytes);
    if (!hash) {
        return std::move(hash).error().within("anonymize");
    }
    return std::unique_ptr<Pseudonyms>(std::make_unique<HashedPseudonyms>(std::move(hash).value()));
}

}  // namespace

std::string_view to_string(AnonymizeMethod method) noexcept {
    return method == AnonymizeMethod::kCryptoPan ? "cryptopan" : "blake2b";
}

bool fits(AnonymizeMethod method, ColumnType type) noexcept {
    return method == AnonymizeMethod::kBlake2b || type == ColumnType::kAddress ||
           type == ColumnType::kMac;
}

ColumnType anonymized_type(AnonymizeMethod method, ColumnType type) noexcept {
    return method == AnonymizeMethod::kBlake2b ? ColumnType::kText : type;
}

// One column: reads that of the table, and says its pseudonym.
class Anonymizer::Source final : public ColumnSource {
public:
    Source(const Column& original, ColumnType type, std::shared_ptr<Pseudonyms> pseudonyms)
        : original_(original),
          pseudonyms_(std::move(pseudonyms)),
          column_(original) {
        column_.type = type;
        column_.read = ColumnReader(*this);
    }

    void read(const RecordView& record, ValueSink& out) override {
        pseudonyms_->pass_to(out);
        original_.read(record, *pseudonyms_);
    }

    [[nodiscard]] const Column& original() const noexcept { return original_; }
    [[nodiscard]] const Column& column() const noexcept { return column_; }

private:
    const Column& original_;
    std::shared_ptr<Pseudonyms> pseudonyms_;
    Column column_;
};

Anonymizer::~Anonymizer() = default;

Result<std::unique_ptr<Anonymizer>> Anonymizer::open(
    const AnonymizeOptions& options, const MeterOptions& meter
) {
    Result<std::vector<const Column*>> columns = columns_of(options, meter);
    if (!columns) {
        return std::move(columns).error();
    }
    const std::size_t key_bytes =
        options.method == AnonymizeMethod::kCryptoPan ? CryptoPan::kKeyBytes : KeyedHash::kKeyMax;
    Result<SecretKey> key = options.key_file.empty() ? SecretKey::random(key_bytes)
                                                     : SecretKey::read(options.key_file, key_bytes);
    if (!key) {
        return std::move(key).error().within("anonymize.key_file");
    }
    Result<std::unique_ptr<Pseudonyms>> made = pseudonyms_of(options, key.value());
    if (!made) {
        return std::move(made).error();
    }
    std::unique_ptr<Anonymizer> anonymizer(new Anonymizer());
    anonymizer->extension_ = meter.extension;
    anonymizer->pseudonyms_ = std::move(made).value();
    for (const Column* column : columns.value()) {
        anonymizer->sources_.push_back(std::make_unique<Source>(
            *column, anonymized_type(options.method, column->type), anonymizer->pseudonyms_
        ));
    }
    if (key.value().is_exposed()) {
        anonymizer->warning_ = format(
            "anonymize.key_file: {}: every user of this system may read or write it; chmod 0640 {}",
            options.key_file,
            options.key_file
        );
    }
    return anonymizer;
}

IpAddress Anonymizer::address(const IpAddress& value, std::uint8_t version) const {
    AddressSink sink;
    pseudonyms_->pass_to(sink);
    pseudonyms_->address(value, version);
    return sink.value;
}

std::vector<std::string> Anonymizer::columns() const {
    std::vector<std::string> names;
    for (const std::unique_ptr<Source>& source : sources_) {
        names.emplace_back(source->original().name);
    }
    return names;
}

std::vector<const Column*> Anonymizer::replaced(std::vector<const Column*> columns) const {
    for (const Column*& column : columns) {
        const auto source = std::ranges::find_if(sources_, [&](const auto& each) {
            return &each->original() == column;
        });
        if (source != sources_.end()) {
            column = &(*source)->column();
        }
    }
    return columns;
}

}  // namespace flowgauge
