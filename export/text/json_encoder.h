// JsonEncoder: one JSON object a line (RFC 8259), valid UTF-8 whatever the records hold.
#pragma once

#include "export/sink/encoder.h"
#include "export/text/json_names.h"
#include "export/text/row_memory.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

class JsonEncoder final : public RecordEncoder {
public:
    JsonEncoder(
        const std::vector<const Column*>& columns,
        TimeUnit unit,
        JsonNames names = JsonNames::kNfstream
    );

    [[nodiscard]] bool encode(const RecordView& record, Block& block) override;

private:
    class Row;
    struct Leaf;

    // What a record is written by, in order.
    struct Step {
        enum class Kind : std::uint8_t { kOpen, kClose, kConstant, kColumn, kFormed };

        Kind kind = Kind::kClose;
        JsonForm form = JsonForm::kPlain;
        JsonWhen when = JsonWhen::kAlways;
        const Column* column = nullptr;
        std::string text =
            {};  // a key with quotes and colon; behind it the bracket or the constant
    };

    [[nodiscard]] static std::vector<Leaf> leaves_of(
        const std::vector<const Column*>& columns, TimeUnit unit, JsonNames names
    );
    void add_object(std::vector<Leaf> leaves, std::size_t depth);
    void close_object(std::size_t begin);
    void write_formed(const Step& step, const RecordView& record, ValueSink& plain);

    TimeUnit unit_;
    std::vector<Step> steps_;
    RowMemory memory_;
};

}  // namespace flowgauge
