#include "extension/models/input_columns.h"

#include "core/base/format.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace flowgauge {
namespace {

class NumberSink final : public SelectiveSink {
public:
    void unsigned_integer(std::uint64_t value) override { number = static_cast<double>(value); }
    void integer(std::int64_t value) override { number = static_cast<double>(value); }
    void real(double value) override { number = value; }

    double number = std::numeric_limits<double>::quiet_NaN();
};

bool is_number(ColumnType type) noexcept {
    return type == ColumnType::kUnsigned || type == ColumnType::kInteger ||
           type == ColumnType::kReal;
}

// Why that column cannot be read then; empty if it can.
std::string_view unknown_then(const Column& column, InputColumns::Moment moment) noexcept {
    if (column.name == "id") {
        return "is the place in an output, which no model sees; leave it out of the training";
    }
    if (moment == InputColumns::Moment::kEnd) {
        return {};
    }
    if (column.presence == Presence::kVisibility || column.name == "expiration_id") {
        return "is known only when the flow has ended; leave it out of the training, or let the "
               "model run at the end (when: expire)";
    }
    return {};
}

Error refusal(std::string_view name, std::string_view why) {
    return {ErrorKind::kUsage, format("input \"{}\" {}", name, why)};
}

// By select_columns(), whose messages say what a column needs or which one may be meant; it takes
// names separated by commas.
Result<const Column*> find_one(const std::string& name, const MeterOptions& options) {
    if (name.find(',') != std::string::npos || name == "all" || name == "nfstream") {
        return refusal(name, "is no name of a column; `flowgauge fields` lists them");
    }
    Result<std::vector<const Column*>> found = select_columns(name, options);
    if (!found) {
        return std::move(found).error().within("input");
    }
    if (found.value().size() != 1) {
        return refusal(name, "is no name of a column; `flowgauge fields` lists them");
    }
    return found.value().front();
}

}  // namespace

Result<InputColumns> InputColumns::find(
    std::span<const std::string> names, Moment moment, const MeterOptions& options
) {
    InputColumns inputs;
    for (const std::string& name : names) {
        Result<const Column*> found = find_one(name, options);
        if (!found) {
            return std::move(found).error();
        }
        const Column& column = *found.value();
        if (!is_number(column.type)) {
            return refusal(
                name,
                format(
                    "is {}, and models read numbers; leave it out of the training, or make a "
                    "number "
                    "of it as a computed feature",
                    to_string(column.type)
                )
            );
        }
        if (const std::string_view why = unknown_then(column, moment); !why.empty()) {
            return refusal(name, why);
        }
        inputs.readers_.push_back(column.read);
    }
    return inputs;
}

void InputColumns::read(const RecordView& record, std::span<double> out) const {
    for (std::size_t i = 0; i < readers_.size(); ++i) {
        NumberSink sink;
        readers_[i](record, sink);
        out[i] = sink.number;
    }
}

}  // namespace flowgauge
