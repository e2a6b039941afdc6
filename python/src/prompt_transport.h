// PromptTransport: of outputs that are done with a block at the sink's next turn, and never wait.
#pragma once

#include "export/sink/transport.h"

#include <optional>
#include <vector>

namespace flowgauge {

// Thread: the sink's.
class PromptTransport : public Transport {
public:
    [[nodiscard]] bool has_room() const noexcept final { return true; }
    void send(Block block) final { blocks_.push_back(std::move(block)); }
    void turn(SteadyTime now, std::vector<Delivery>& done) final;
    void prepare_wait(TransportWait& /*wait*/) const final {}
    void close() final {}
    [[nodiscard]] bool is_idle() const noexcept final { return blocks_.empty(); }
    void take_back(std::vector<Block>& blocks) final;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept final { return numbers_; }
    [[nodiscard]] const std::optional<Error>& failure() const noexcept final { return failure_; }

protected:
    // Returns false when it cannot: this block and those behind it are kept.
    [[nodiscard]] virtual bool deliver(const Block& block) = 0;

    // Behind the blocks of a turn, until fail().
    virtual void look() {}

    void fail(Error error) { failure_ = std::move(error); }
    [[nodiscard]] OutputNumbers& own_numbers() noexcept { return numbers_; }

private:
    std::vector<Block> blocks_;
    OutputNumbers numbers_;
    std::optional<Error> failure_;
};

}  // namespace flowgauge
