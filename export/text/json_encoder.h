// JsonEncoder: one JSON object a line (RFC 8259), keys as the CSV columns are named.
#pragma once

#include "export/sink/encoder.h"

#include <string>
#include <vector>

namespace flowgauge {

class JsonEncoder final : public RecordEncoder {
public:
    JsonEncoder(const std::vector<const Column*>& columns, TimeUnit unit);

    [[nodiscard]] bool encode(const RecordView& record, Block& out) override;

private:
    struct Field {
        const Column* column;
        std::string key;  // with quotes and colon
    };
    std::vector<Field> fields_;
};

}  // namespace flowgauge
