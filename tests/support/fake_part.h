// FakePart: an extension with a column of each type, whose values follow from the source port of a
// flow: hostile ones, and sometimes none.
#pragma once

#include "core/extension/extension_part.h"
#include "core/extension/part_list.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge::test {

// What the columns say of flow number `number`, in their order.
struct FakeValues {
    explicit FakeValues(std::uint64_t number);

    std::optional<std::uint64_t> count;
    std::optional<std::int64_t> change;
    std::optional<double> ratio;
    std::optional<std::string> word;
    std::optional<std::vector<std::int64_t>> steps;
    std::optional<std::vector<std::string>> words;
};

// udps.fake_count, _change, _ratio, _word, _steps, _words.
class FakePart final : public ExtensionPart {
public:
    [[nodiscard]] std::string name() const override { return "fake"; }
    [[nodiscard]] std::span<const ExtensionColumn> columns() const noexcept override;
    [[nodiscard]] PartMoments moments() const noexcept override { return {.complete = true}; }
    [[nodiscard]] Result<std::unique_ptr<PartWorker>> open(std::uint32_t worker) const override;
};

// For MeterOptions::extension.
[[nodiscard]] std::shared_ptr<const RecordExtension> fake_extension();

}  // namespace flowgauge::test
