// ModelPart: a trained model whose predictions are columns of flows.
#pragma once

#include "core/base/result.h"
#include "core/extension/extension_part.h"
#include "core/meter/meter_options.h"
#include "extension/models/ensemble.h"
#include "extension/models/model_numbers.h"
#include "extension/models/model_settings.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// Immutable but for the ensemble, which replace() exchanges, and the numbers. Thread: any.
class ModelPart final : public ExtensionPart {
public:
    // What workers and the part share.
    class Core;

    explicit ModelPart(std::unique_ptr<Core> core);
    ~ModelPart() override;
    ModelPart(const ModelPart&) = delete;
    ModelPart& operator=(const ModelPart&) = delete;

    [[nodiscard]] std::string name() const override;
    [[nodiscard]] std::span<const ExtensionColumn> columns() const noexcept override;
    [[nodiscard]] PartMoments moments() const noexcept override;
    [[nodiscard]] Result<std::unique_ptr<PartWorker>> open(std::uint32_t worker) const override;

    [[nodiscard]] const ModelSettings& settings() const noexcept;
    [[nodiscard]] ModelNumbers numbers() const;

    // Each worker takes it up with its next prediction and never waits for this. Errors (kUsage):
    // its inputs are others than those of the model in use, or its predictions would not fit the
    // columns that there are; then nothing changes.
    [[nodiscard]] Result<void> replace(std::shared_ptr<const Ensemble> ensemble);

    // Whether replace() would take it. Errors: as replace().
    [[nodiscard]] Result<void> check(const Ensemble& ensemble) const;

    // The one in use.
    [[nodiscard]] std::shared_ptr<const Ensemble> ensemble() const;

private:
    std::unique_ptr<Core> core_;
};

// Loads the file and finds its columns in those of `options`. Errors (kUsage): the file, a column
// that there is not, is no number, or is not known when the model wants it, or a number of outputs
// that does not fit.
[[nodiscard]] Result<std::unique_ptr<ExtensionPart>> make_model(
    const ModelSettings& settings, const MeterOptions& options
);

// As make_model() with a model that is loaded already.
[[nodiscard]] Result<std::unique_ptr<ExtensionPart>> make_model(
    const ModelSettings& settings,
    const MeterOptions& options,
    std::shared_ptr<const Ensemble> ensemble
);

}  // namespace flowgauge
