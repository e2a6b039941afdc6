// ExtensionWatch: what the sensor does for plugins and models while it runs: tells of plugins that
// were disabled, and replaces models at a reload.
#pragma once

#include "core/extension/part_list.h"
#include "extension/models/ensemble.h"
#include "sensor/reload.h"

#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

class ModelPart;

// Thread: the control thread's.
class ExtensionWatch {
public:
    // Null: there is nothing. Requires: called once, before all else.
    void watch(const std::shared_ptr<const RecordExtension>& extension);

    // Logs what plugins have to say; often.
    void tell() const;

    // Takes over the models of a fresh configuration. Refused where one does not fit the columns
    // that records have. Requires: this outlives it.
    [[nodiscard]] ReloadStep reload_step();

private:
    struct Replacement {
        ModelPart* model = nullptr;
        std::shared_ptr<const Ensemble> ensemble;
    };

    [[nodiscard]] Result<void> check(const Settings& fresh);
    void apply();

    std::shared_ptr<const PartList> running_;
    std::vector<Replacement> replacements_;  // from check() to apply()
};

}  // namespace flowgauge
