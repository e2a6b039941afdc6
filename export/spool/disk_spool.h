// DiskSpool: the spool. Opens what an earlier run left, and moves writer, reader and position on.
#pragma once

#include "export/disk/disk_writer.h"
#include "export/spool/position_file.h"
#include "export/spool/segment_writer.h"
#include "export/spool/spool.h"
#include "export/spool/spool_reader.h"
#include "export/spool/spool_state.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace flowgauge {

// Thread: as Spool.
class DiskSpool final : public Spool {
public:
    DiskSpool(SpoolState state, std::unique_ptr<DiskWriter> disk)
        : state_(std::move(state)),
          disk_(std::move(disk)),
          position_(state_.directory, *disk_),
          writer_(state_, *disk_) {}
    DiskSpool(const DiskSpool&) = delete;
    DiskSpool& operator=(const DiskSpool&) = delete;
    ~DiskSpool() override;

    // Finds out what is there. Error: kOutput.
    [[nodiscard]] Result<void> recover();

    [[nodiscard]] bool has_room(std::uint64_t bytes) const noexcept override;
    [[nodiscard]] bool is_full(std::uint64_t bytes) const noexcept override;
    void append(Block block) override;
    [[nodiscard]] std::optional<Block> refused() override;
    [[nodiscard]] std::optional<Block> next() override;
    [[nodiscard]] bool has_next() const noexcept override;
    void acknowledge(std::uint64_t spool_frame) override;
    void rewind() override;
    void turn(SteadyTime now) override;
    void prepare_wait(TransportWait& wait) const override;
    [[nodiscard]] bool flush(std::chrono::milliseconds patience) override;
    [[nodiscard]] const StoreNumbers& numbers() const noexcept override { return state_.numbers; }

private:
    void take_files(const SpoolFiles& files);
    void find_salt(const std::optional<Landmark>& position);
    [[nodiscard]] SpoolPoint find_start(const std::optional<Landmark>& position);
    [[nodiscard]] Result<void> find_end();
    [[nodiscard]] Result<bool> take_last_segment();
    void make_position_files(const SpoolPoint& start);

    void turn_position();
    [[nodiscard]] bool wants_position() const;
    void remove_segments();
    [[nodiscard]] bool is_all_done() const noexcept;
    [[nodiscard]] bool is_settled() const;

    SpoolState state_;
    std::unique_ptr<DiskWriter> disk_;
    PositionFile position_;
    SegmentWriter writer_;
    std::optional<SpoolReader> reader_;  // since recover()
    SteadyTime positioned_at_{};         // when the position was written last, or tried to be
    bool has_position_failed_ = false;
    bool is_hastened_ = false;
};

}  // namespace flowgauge
