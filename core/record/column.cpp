#include "core/record/column.h"

#include "core/dpi/dissection_observer.h"
#include "core/flow/flow_extension.h"

#include <algorithm>
#include <array>
#include <new>

namespace flowgauge {
namespace {

constexpr std::string_view kUnitPlace = "{unit}";

// The column that `name` is a part of, or else the longest one that makes up half of it: "id" is no
// suggestion for each name with these two letters. Empty when nothing is close.
std::string similar_column(std::string_view name, const MeterOptions& options) {
    std::string longest;
    std::vector<std::string> names;
    for (const Column& column : all_columns()) {
        names.push_back(with_unit(column.name, options.flow.time_unit));
    }
    if (options.extension != nullptr) {
        for (const Column& column : options.extension->columns()) {
            names.emplace_back(column.name);
        }
    }
    for (std::string& known : names) {
        if (known.find(name) != std::string::npos) {
            return known;
        }
        const bool contained = name.find(known) != std::string_view::npos;
        if (contained && 2 * known.size() >= name.size() && known.size() > longest.size()) {
            longest = std::move(known);
        }
    }
    return longest;
}

Error unknown_column(std::string_view name, const MeterOptions& options) {
    const std::string message = "unknown column \"" + std::string(name) + "\"";
    const std::string similar = name.empty() ? std::string() : similar_column(name, options);
    if (similar.empty()) {
        return {ErrorKind::kUsage, message + "; `flowgauge fields` lists them"};
    }
    return {ErrorKind::kUsage, message + "; did you mean \"" + similar + "\"?"};
}

Result<const Column*> find_column(std::string_view name, const MeterOptions& options) {
    if (options.extension != nullptr) {
        const std::span<const Column> added = options.extension->columns();
        const auto at = std::ranges::find(added, name, &Column::name);
        if (at != added.end()) {
            return &*at;
        }
    }
    const std::span<const Column> columns = all_columns();
    const auto found = std::ranges::find_if(columns, [&](const Column& column) {
        return with_unit(column.name, options.flow.time_unit) == name;
    });
    if (found == columns.end()) {
        return unknown_column(name, options);
    }
    if (!is_present(*found, options)) {
        return Error{
            ErrorKind::kUsage,
            "column \"" + std::string(name) + "\" needs " +
                std::string(to_string(found->presence))};
    }
    return &*found;
}

}  // namespace

void ValueSink::address(const IpAddress& value, std::uint8_t version) {
    std::array<char, kIpTextMax> text{};
    const char* end = write_ip(text.data(), value, version);
    token({text.data(), static_cast<std::size_t>(end - text.data())});
}

char* write_mac(char* out, const MacAddress& value, std::size_t bytes) noexcept {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes; ++i) {
        *out++ = kDigits[value[i] >> 4];
        *out++ = kDigits[value[i] & 0x0f];
        *out++ = ':';
    }
    return out - 1;
}

void ValueSink::mac(const MacAddress& value, std::size_t bytes) {
    std::array<char, kMacTextMax> text{};
    const char* end = write_mac(text.data(), value, bytes);
    token({text.data(), static_cast<std::size_t>(end - text.data())});
}

const FlowStatistics& RecordView::statistics() const noexcept {
    return *std::launder(
        reinterpret_cast<const FlowStatistics*>(record.cold + *context.layout.statistics)
    );
}

const LayerOctets& RecordView::layer_octets() const noexcept {
    return *std::launder(
        reinterpret_cast<const LayerOctets*>(record.cold + *context.layout.layer_octets)
    );
}

EarlySequence RecordView::sequence() const noexcept {
    return {record.cold + *context.layout.sequence, context.splt_analysis};
}

const Application& RecordView::application() const noexcept {
    return DissectionObserver::read(record.cold + *context.layout.application);
}

const Attribution& RecordView::attribution() const noexcept {
    return *std::launder(
        reinterpret_cast<const Attribution*>(record.cold + *context.layout.attribution)
    );
}

bool is_present(const Column& column, const MeterOptions& options) noexcept {
    return is_present(column.presence, options);
}

bool is_present(Presence presence, const MeterOptions& options) noexcept {
    switch (presence) {
    case Presence::kAlways:
        return true;
    case Presence::kTunnels:
        return options.decode.decode_tunnels != TunnelSet::kNone;
    case Presence::kStatistics:
        return options.statistical_analysis;
    case Presence::kSequence:
        return options.splt_analysis > 0;
    case Presence::kDissection:
        return options.dissection.enabled;
    case Presence::kVisibility:
        return options.attribution;
    }
    return true;
}

std::string with_unit(std::string_view text, TimeUnit unit) {
    std::string out(text);
    if (const std::size_t at = out.find(kUnitPlace); at != std::string::npos) {
        out.replace(at, kUnitPlace.size(), suffix(unit));
    }
    return out;
}

std::vector<const Column*> columns_of(const MeterOptions& options) {
    std::vector<const Column*> columns;
    for (const Column& column : all_columns()) {
        if (is_present(column, options)) {
            columns.push_back(&column);
        }
    }
    if (options.extension != nullptr) {
        for (const Column& column : options.extension->columns()) {
            columns.push_back(&column);
        }
    }
    return columns;
}

Result<std::vector<const Column*>> select_columns(
    std::string_view selection, const MeterOptions& options
) {
    std::vector<const Column*> selected = columns_of(options);
    if (selection == "all") {
        return selected;
    }
    if (selection == "nfstream") {
        std::erase_if(selected, [](const Column* column) { return !column->nfstream; });
        return selected;
    }
    selected.clear();
    while (true) {
        const std::size_t comma = selection.find(',');
        Result<const Column*> column = find_column(selection.substr(0, comma), options);
        if (!column) {
            return std::move(column).error();
        }
        selected.push_back(column.value());
        if (comma == std::string_view::npos) {
            return selected;
        }
        selection.remove_prefix(comma + 1);
    }
}

std::string_view to_string(ColumnType type) noexcept {
    switch (type) {
    case ColumnType::kUnsigned:
        return "unsigned";
    case ColumnType::kInteger:
        return "integer";
    case ColumnType::kReal:
        return "real";
    case ColumnType::kText:
    case ColumnType::kAddress:
    case ColumnType::kMac:
        return "text";
    case ColumnType::kList:
        return "list";
    case ColumnType::kTexts:
        return "texts";
    }
    return "";
}

std::string_view to_string(Presence presence) noexcept {
    switch (presence) {
    case Presence::kAlways:
        return "always";
    case Presence::kTunnels:
        return "decode_tunnels";
    case Presence::kStatistics:
        return "statistical_analysis";
    case Presence::kSequence:
        return "splt_analysis";
    case Presence::kDissection:
        return "n_dissections";
    case Presence::kVisibility:
        return "system_visibility_mode";
    }
    return "";
}

}  // namespace flowgauge
