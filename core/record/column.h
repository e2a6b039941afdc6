// Column: one exported field. The table of all columns is the only list of fields there is: CSV
// header, JSON keys, `flowgauge fields` and docs/FIELDS.md come from it.
#pragma once

#include "core/attribution/attribution.h"
#include "core/base/ip_address.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/dpi/application.h"
#include "core/flow/early_sequence.h"
#include "core/flow/flow.h"
#include "core/flow/flow_observer.h"
#include "core/flow/flow_statistics.h"
#include "core/flow/layer_octets.h"
#include "core/meter/meter_options.h"
#include "core/meter/record_layout.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// What readers of columns need beside the record: fixed for a whole run. Thread: any, read only.
struct RecordContext {
    RecordLayout layout;
    TimeUnit time_unit = TimeUnit::kMilliseconds;
    std::uint16_t splt_analysis = 0;
    std::shared_ptr<const ApplicationNames> application_names;
};

// A record with its position in the output.
struct RecordView {
    const FlowRecord& record;
    const RecordContext& context;
    std::uint64_t id = 0;
    std::uint32_t worker = 0;           // that metered it: whose observation points the key names
    const FlowEvent* packet = nullptr;  // of a flow that lives: its packet under way; else null

    [[nodiscard]] const Flow& flow() const noexcept { return *record.flow; }
    // Requires: the column's presence, as in those below.
    [[nodiscard]] const FlowStatistics& statistics() const noexcept;
    [[nodiscard]] const LayerOctets& layer_octets() const noexcept;
    [[nodiscard]] EarlySequence sequence() const noexcept;
    [[nodiscard]] const Application& application() const noexcept;
    [[nodiscard]] const Attribution& attribution() const noexcept;
};

// Bytes that write_mac() needs for a whole address.
constexpr std::size_t kMacTextMax = 18;

// Writes the first `bytes` bytes of a MAC address, at least one, as "00:11:22" and returns the end.
// Requires: room for three times as many.
char* write_mac(char* out, const MacAddress& value, std::size_t bytes) noexcept;

// Where a column's value goes; an encoder implements it.
class ValueSink {
public:
    virtual ~ValueSink() = default;
    virtual void unsigned_integer(std::uint64_t value) = 0;
    virtual void integer(std::int64_t value) = 0;
    virtual void real(double value) = 0;
    virtual void text(std::string_view value) = 0;

    // Text of ours that holds nothing to be escaped in any format: a word.
    virtual void token(std::string_view value) { text(value); }

    // An address, `version` 4 or 6. Unless a format has a form of its own, its text as a token.
    virtual void address(const IpAddress& value, std::uint8_t version);

    // The first `bytes` bytes of a MAC address; as a token "00:11:22".
    virtual void mac(const MacAddress& value, std::size_t bytes);

    virtual void list(std::span<const std::int64_t> values) = 0;
    virtual void texts(std::span<const std::string_view> values) = 0;

    // Nothing: there is no value. Only of columns that are optional.
    virtual void absent() = 0;
};

// Of values of some kinds: the others are passed over. An encoder has to think of all, and so has
// no defaults.
class SelectiveSink : public ValueSink {
public:
    void unsigned_integer(std::uint64_t /*value*/) override {}
    void integer(std::int64_t /*value*/) override {}
    void real(double /*value*/) override {}
    void text(std::string_view /*value*/) override {}
    void list(std::span<const std::int64_t> /*values*/) override {}
    void texts(std::span<const std::string_view> /*values*/) override {}
    void absent() override {}
};

enum class ColumnType : std::uint8_t {
    kUnsigned,
    kInteger,
    kReal,
    kText,
    kAddress,
    kMac,
    kList,
    kTexts
};

// When a column is part of the output (NFStream's rules).
enum class Presence : std::uint8_t {
    kAlways,
    kTunnels,     // decode_tunnels is on
    kStatistics,  // statistical_analysis
    kSequence,    // splt_analysis > 0
    kDissection,  // n_dissections > 0
    kVisibility,  // system_visibility_mode
};

// Gives the value of a column by more than the record, such as a key. Thread: that of its reader.
class ColumnSource {
public:
    virtual ~ColumnSource() = default;
    virtual void read(const RecordView& record, ValueSink& out) = 0;
};

// How a column is read: by a function, as those of the table, or by a source, which must outlive
// it. Called like a function.
class ColumnReader {
public:
    using Function = void (*)(const RecordView& record, ValueSink& out);

    // Implicit on purpose: a row of the table names its function.
    template <std::convertible_to<Function> Callable>
    // NOLINTNEXTLINE(google-explicit-constructor): see above
    constexpr ColumnReader(Callable function) noexcept : function_(function) {}
    constexpr explicit ColumnReader(ColumnSource& source) noexcept : source_(&source) {}

    void operator()(const RecordView& record, ValueSink& out) const {
        if (function_ != nullptr) {
            function_(record, out);
        } else {
            source_->read(record, out);
        }
    }

    // Whether there is something to call.
    [[nodiscard]] constexpr explicit operator bool() const noexcept {
        return function_ != nullptr || source_ != nullptr;
    }

private:
    Function function_ = nullptr;
    ColumnSource* source_ = nullptr;
};

struct Column {
    std::string_view name;  // "{unit}" stands for ms, us or ns
    ColumnType type;
    std::string_view unit;  // of the values; "{unit}" as above, "" for none
    Presence presence;
    bool nfstream;  // NFStream has it too
    std::string_view meaning;
    ColumnReader read;
    bool optional = false;  // a record may have no value of it
};

// Every built-in column, in the order of output.
[[nodiscard]] std::span<const Column> all_columns() noexcept;

// The columns that records of these options have, in the order of output: the built-in ones, then
// those of the extension, which live as long as that.
[[nodiscard]] std::vector<const Column*> columns_of(const MeterOptions& options);

[[nodiscard]] bool is_present(Presence presence, const MeterOptions& options) noexcept;
[[nodiscard]] bool is_present(const Column& column, const MeterOptions& options) noexcept;

// `text` (a name or unit of the table) with the time unit put in.
[[nodiscard]] std::string with_unit(std::string_view text, TimeUnit unit);

// The columns of an output: "all", "nfstream", or names separated by commas, in their order.
// Errors: an unknown name, or one that these options leave out; the message says which.
[[nodiscard]] Result<std::vector<const Column*>> select_columns(
    std::string_view selection, const MeterOptions& options
);

[[nodiscard]] std::string_view to_string(ColumnType type) noexcept;
[[nodiscard]] std::string_view to_string(Presence presence) noexcept;

}  // namespace flowgauge
