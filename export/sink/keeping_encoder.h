// KeepingEncoder: an encoder, and what it refers to.
#pragma once

#include "export/sink/encoder.h"

#include <memory>
#include <utility>
#include <vector>

namespace flowgauge {

// Thread: the sink's, as that of `encoder`, which is all that it calls. Ownership: what is kept
// goes after the encoder.
class KeepingEncoder final : public RecordEncoder {
public:
    KeepingEncoder(
        std::unique_ptr<RecordEncoder> encoder, std::vector<std::shared_ptr<const void>> kept
    )
        : kept_(std::move(kept)),
          encoder_(std::move(encoder)) {}

    [[nodiscard]] std::string preamble() override { return encoder_->preamble(); }
    [[nodiscard]] bool encode(const RecordView& record, Block& out) override {
        return encoder_->encode(record, out);
    }
    void end_unit(Block& out) override { encoder_->end_unit(out); }
    void finish(Block& out) override { encoder_->finish(out); }
    [[nodiscard]] std::uint64_t records_shortened() const noexcept override {
        return encoder_->records_shortened();
    }

private:
    std::vector<std::shared_ptr<const void>> kept_;
    std::unique_ptr<RecordEncoder> encoder_;
};

}  // namespace flowgauge
