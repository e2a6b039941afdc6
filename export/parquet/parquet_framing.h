// ParquetFraming: files of row groups, which have their footer when they are finished.
#pragma once

#include "export/file/file_framing.h"
#include "export/parquet/parquet_footer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// A file is the magic, the schema as in the preamble, row groups each with its header in front, and
// the footer. Schema and headers lie where readers do not look: they find pages by the offsets of
// the footer. We look there when a process left a file without a footer, and write the one that it
// has earned. Cost: a dozen bytes a column and row group.
//
// A finished file cannot be gone on with.
class ParquetFraming final : public FileFraming {
public:
    [[nodiscard]] bool appends() const noexcept override { return false; }
    [[nodiscard]] bool accepts(const Preamble& preamble) const override;
    void begin(std::shared_ptr<const Preamble> preamble) override;
    [[nodiscard]] std::string_view frame(
        const UnitRange& units, std::uint64_t offset, SteadyTime now
    ) override;

    // Readers hold the whole footer in memory: at 100,000 columns of row groups it has some 8 MB.
    [[nodiscard]] bool is_full() const noexcept override;
    [[nodiscard]] std::string_view end(std::uint64_t offset) override;
    [[nodiscard]] Result<FileRemains> recover(int file) const override;

private:
    std::shared_ptr<const Preamble> preamble_;
    std::optional<ParquetSchema> schema_;
    std::vector<PlacedRowGroup> row_groups_;
    std::string framed_;
};

}  // namespace flowgauge
