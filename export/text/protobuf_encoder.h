// ProtobufEncoder: records as messages of protocol buffers (packaging/kafka/flowgauge.proto).
#pragma once

#include "core/base/result.h"
#include "export/sink/encoder.h"
#include "export/text/row_memory.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// The number of a column's field, for ever. Nothing for a column that has none. A column of times
// has a number for each unit, because its name and meaning are not the same.
[[nodiscard]] std::optional<std::uint32_t> protobuf_number(
    std::string_view column, TimeUnit unit
) noexcept;

// The schema: the text of flowgauge.proto.
[[nodiscard]] std::string protobuf_schema();

// The field of all columns of an extension, a map.
constexpr std::uint32_t kProtobufExtension = 108;

// A unit is one message, without its length. Fields as proto3 has them: numbers as uint64 or
// sint64, reals as double, lists packed, and what is 0 or empty is left out. In the map of an
// extension stands what is there, 0 and empty ones as well.
class ProtobufEncoder final : public RecordEncoder {
public:
    // Errors: kUsage, a column without a number.
    [[nodiscard]] static Result<std::unique_ptr<ProtobufEncoder>> make(
        const std::vector<const Column*>& columns, TimeUnit unit
    );

    [[nodiscard]] bool encode(const RecordView& record, Block& out) override;

private:
    class Fields;
    class ExtensionValue;

    struct Field {
        const Column* column = nullptr;
        std::uint32_t number = 0;
        std::string key;  // in the map of the extension; empty: it is no entry of that
    };

    void write_entry(const Field& field, const RecordView& record);

    explicit ProtobufEncoder(std::vector<Field> fields) : fields_(std::move(fields)) {}

    std::vector<Field> fields_;
    RowMemory memory_;
    RowMemory value_;  // of an extension, whose length stands before it
    RowMemory list_;   // in such a value
};

}  // namespace flowgauge
