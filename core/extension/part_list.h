// PartList: all parts of a run as one RecordExtension.
#pragma once

#include "core/extension/extension_part.h"
#include "core/flow/flow_extension.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

class PartList final : public RecordExtension {
public:
    static constexpr std::size_t kColumnsMax = 1024;

    PartList();
    ~PartList() override;
    PartList(const PartList&) = delete;
    PartList& operator=(const PartList&) = delete;

    // Takes a part up; it may read columns of those before it. Errors (kUsage): a column of that
    // name is there already, the name is none, or there are too many.
    // Requires: not shared yet.
    [[nodiscard]] Result<void> add(std::unique_ptr<ExtensionPart> part);

    [[nodiscard]] std::span<const std::unique_ptr<ExtensionPart>> parts() const noexcept {
        return parts_;
    }

    [[nodiscard]] std::size_t state_bytes() const noexcept override;
    [[nodiscard]] std::span<const Column> columns() const noexcept override { return columns_; }
    [[nodiscard]] Result<std::unique_ptr<FlowExtension>> open(std::uint32_t worker) const override;

private:
    class Worker;
    class StoredColumn;

    // Where a part's cells and state lie behind the beginning of the extension's bytes: all cells
    // come first, in the order of the columns.
    struct Place {
        std::size_t first_cell = 0;
        std::size_t cells = 0;
        std::size_t state = 0;  // behind the last cell
        std::size_t state_bytes = 0;
    };

    // Leaves those before a bad one behind.
    [[nodiscard]] Result<void> add_columns(const ExtensionPart& part);

    std::vector<std::unique_ptr<ExtensionPart>> parts_;
    std::vector<Place> places_;
    std::size_t states_bytes_ = 0;

    // What the columns refer to does not move.
    struct NamedColumn;
    std::vector<std::unique_ptr<NamedColumn>> named_;
    std::vector<Column> columns_;  // nor do these
};

}  // namespace flowgauge
