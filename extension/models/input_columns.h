// InputColumns: the columns that a model reads, as numbers.
#pragma once

#include "core/base/result.h"
#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// Immutable. Thread: any. Requires: the extension of the options outlives it.
class InputColumns {
public:
    // When the columns will be read: some are known only at the end of a flow.
    enum class Moment : std::uint8_t { kEnd, kEarly };

    // Errors (kUsage): a column that these options do not have, whose value is no number, or that
    // is not known at that moment.
    [[nodiscard]] static Result<InputColumns> find(
        std::span<const std::string> names, Moment moment, const MeterOptions& options
    );

    [[nodiscard]] std::size_t count() const noexcept { return readers_.size(); }

    // NaN where a value is absent. Requires: room for all.
    void read(const RecordView& record, std::span<double> out) const;

private:
    std::vector<ColumnReader> readers_;
};

}  // namespace flowgauge
