#include "extension/models/model.h"

#include "core/base/format.h"
#include "extension/models/ensemble_reader.h"
#include "extension/models/input_columns.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <mutex>
#include <utility>

namespace flowgauge {
namespace {

using Label = EnsembleRules::Label;

// Where a class is counted; the last place is that of all others.
constexpr std::size_t kOthers = ModelNumbers::kClassesMax;

Error model_error(const ModelSettings& settings, std::string_view why) {
    return {ErrorKind::kUsage, format("models.{}: {}", settings.name, why)};
}

// An ensemble in use, and where its classes are counted.
struct Generation {
    std::shared_ptr<const Ensemble> ensemble;
    std::vector<std::uint8_t> places;  // of each class
};

// Counts of one worker, who alone writes them. Memory order: relaxed, each number stands alone.
class Counter {
public:
    void add() noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

struct WorkerCells {
    // What the worker reads; it is kept until this says something else.
    std::atomic<const Generation*> in_use{nullptr};

    std::array<Counter, kOthers + 1> by_class;
    Counter predictions;
    Counter absent;
};

std::vector<ExtensionColumn> columns_for(const ModelSettings& settings, const Ensemble& ensemble) {
    std::vector<ExtensionColumn> columns;
    const std::vector<std::string>& classes = ensemble.rules().classes;
    const std::string by = " by model " + settings.name;
    for (std::size_t i = 0; i < settings.outputs.size(); ++i) {
        ExtensionColumn column;
        column.name = settings.outputs[i];
        if (i == 0) {
            column.type = ensemble.type();
            column.meaning = (ensemble.is_regression() ? "predicted" : "predicted class") + by;
        } else if (i == 1) {
            column.meaning = "probability of that class" + by;
        } else {
            column.meaning = "probability of class " + classes[i - 2] + by;
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

Result<void> check_outputs(const ModelSettings& settings, const Ensemble& ensemble) {
    const std::size_t outputs = settings.outputs.size();
    const std::size_t classes = ensemble.rules().classes.size();
    if (ensemble.is_regression()) {
        return outputs == 1
                   ? Result<void>()
                   : model_error(
                         settings,
                         format("{} outputs, but a regression gives one: the value", outputs)
                     );
    }
    if (outputs <= 2 || outputs == classes + 2) {
        return {};
    }
    return model_error(
        settings,
        format(
            "{} outputs, but there are 1 (the class), 2 (and its probability) or {} (and the "
            "probability of each of its {} classes)",
            outputs,
            classes + 2,
            classes
        )
    );
}

}  // namespace

// Exchange of the ensemble: workers read `current_` and say in their cells which one they use.
// Memory order: all of that is sequentially consistent, so that either the worker sees that its
// choice is no longer current and chooses again, or replace() sees the choice and keeps it.
class ModelPart::Core {
public:
    Core(ModelSettings asked, InputColumns found, std::shared_ptr<const Ensemble> ensemble)
        : settings(std::move(asked)),
          inputs(std::move(found)),
          columns(columns_for(settings, *ensemble)),
          input_names_(ensemble->rules().inputs) {
        put(std::move(ensemble));
    }

    [[nodiscard]] WorkerCells& open() {
        const std::scoped_lock lock(mutex_);
        return *workers_.emplace_back(std::make_unique<WorkerCells>());
    }

    [[nodiscard]] const Generation& take_up(WorkerCells& cells) const noexcept {
        const Generation* chosen = current_.load();
        for (;;) {
            cells.in_use.store(chosen);
            const Generation* now = current_.load();
            if (now == chosen) {
                return *chosen;
            }
            chosen = now;
        }
    }

    [[nodiscard]] bool is_current(const Generation* generation) const noexcept {
        return current_.load(std::memory_order_acquire) == generation;
    }

    [[nodiscard]] Result<void> would_take(const Ensemble& ensemble) const {
        const std::scoped_lock lock(mutex_);
        return check(ensemble);
    }

    [[nodiscard]] std::shared_ptr<const Ensemble> ensemble() const {
        const std::scoped_lock lock(mutex_);
        return current_.load()->ensemble;
    }

    [[nodiscard]] Result<void> replace(std::shared_ptr<const Ensemble> ensemble) {
        const std::scoped_lock lock(mutex_);
        if (Result<void> fits = check(*ensemble); !fits) {
            return fits;
        }
        put(std::move(ensemble));
        ++replacements_;
        std::erase_if(generations_, [this](const std::unique_ptr<const Generation>& generation) {
            return generation.get() != current_.load() &&
                   std::ranges::none_of(workers_, [&](const std::unique_ptr<WorkerCells>& worker) {
                       return worker->in_use.load() == generation.get();
                   });
        });
        return {};
    }

    [[nodiscard]] ModelNumbers numbers() const {
        const std::scoped_lock lock(mutex_);
        ModelNumbers numbers;
        numbers.model = settings.name;
        numbers.replacements = replacements_;
        for (const std::string& name : classes_) {
            numbers.classes.push_back({.name = name});
        }
        for (const std::unique_ptr<WorkerCells>& worker : workers_) {
            for (std::size_t i = 0; i < numbers.classes.size(); ++i) {
                numbers.classes[i].predictions += worker->by_class[i].value();
            }
            numbers.others += worker->by_class[kOthers].value();
            numbers.predictions += worker->predictions.value();
            numbers.absent += worker->absent.value();
        }
        return numbers;
    }

    const ModelSettings settings;
    const InputColumns inputs;
    const std::vector<ExtensionColumn> columns;

private:
    // Requires: the lock, or nobody else.
    void put(std::shared_ptr<const Ensemble> ensemble) {
        auto generation = std::make_unique<Generation>();
        for (const std::string& name : ensemble->rules().classes) {
            auto known = std::ranges::find(classes_, name);
            if (known == classes_.end() && classes_.size() < kOthers) {
                known = classes_.insert(classes_.end(), name);
            }
            const auto place = static_cast<std::size_t>(known - classes_.begin());
            generation->places.push_back(
                static_cast<std::uint8_t>(known == classes_.end() ? kOthers : place)
            );
        }
        generation->ensemble = std::move(ensemble);
        current_.store(generation.get());
        generations_.push_back(std::move(generation));
    }

    [[nodiscard]] Result<void> check(const Ensemble& ensemble) const {
        constexpr std::string_view kRemedy = "; the old model goes on, a restart takes this one";
        const Ensemble& old = *current_.load()->ensemble;
        if (ensemble.rules().inputs != input_names_) {
            return model_error(settings, format("the new file has other inputs{}", kRemedy));
        }
        if (ensemble.is_regression() != old.is_regression() || ensemble.type() != old.type()) {
            return model_error(
                settings, format("the new file predicts another type of value{}", kRemedy)
            );
        }
        if (columns.size() > 2 && ensemble.rules().classes != old.rules().classes) {
            return model_error(
                settings, format("the new file has other classes, which have columns{}", kRemedy)
            );
        }
        return {};
    }

    const std::vector<std::string> input_names_;  // as the file has them
    std::atomic<const Generation*> current_{nullptr};

    mutable std::mutex mutex_;  // of what follows; no worker takes it after open()
    std::vector<std::unique_ptr<const Generation>> generations_;  // the current one is the last
    std::vector<std::unique_ptr<WorkerCells>> workers_;
    std::vector<std::string> classes_;  // that have a place, of all ensembles so far
    std::uint64_t replacements_ = 0;
};

namespace {

class ModelWorker final : public PartWorker {
public:
    ModelWorker(const ModelPart::Core& model, WorkerCells& cells)
        : model_(model),
          cells_(cells),
          packets_(model.settings.packets),
          workspace_(model.inputs.count()) {}

    ~ModelWorker() override { cells_.in_use.store(nullptr); }
    ModelWorker(const ModelWorker&) = delete;
    ModelWorker& operator=(const ModelWorker&) = delete;

    bool init(const ExtendedFlow& flow) override {
        if (packets_ == 1) {
            predict(flow);
        }
        return false;
    }

    bool update(const ExtendedFlow& flow) override {
        if (flow.record.flow().all_packets() == packets_) {
            predict(flow);
        }
        return false;
    }

    void complete(const ExtendedFlow& flow) override {
        if (packets_ == 0 || flow.record.flow().all_packets() < packets_) {
            predict(flow);
        }
    }

private:
    void predict(const ExtendedFlow& flow) {
        if (!model_.is_current(generation_)) {
            generation_ = &model_.take_up(cells_);
        }
        const Ensemble& ensemble = *generation_->ensemble;
        model_.inputs.read(flow.record, workspace_.row());
        Prediction prediction;
        if (!ensemble.predict(workspace_, prediction)) {
            cells_.absent.add();
            return;
        }
        cells_.predictions.add();
        if (ensemble.is_regression()) {
            flow.cells[0].set_real(prediction.value, flow.memory);
            return;
        }
        cells_.by_class[generation_->places[prediction.winner]].add();
        put(ensemble.rules(), prediction, flow);
    }

    static void put(
        const EnsembleRules& rules, const Prediction& prediction, const ExtendedFlow& flow
    ) {
        const std::size_t winner = prediction.winner;
        switch (rules.label) {
        case Label::kInteger:
            flow.cells[0].set_integer(
                static_cast<std::int64_t>(rules.numbers[winner]), flow.memory
            );
            break;
        case Label::kReal:
            flow.cells[0].set_real(rules.numbers[winner], flow.memory);
            break;
        case Label::kText:
        case Label::kNone:
            flow.cells[0].set_text(rules.classes[winner], flow.memory);
            break;
        }
        if (flow.cells.size() > 1) {
            flow.cells[1].set_real(prediction.probabilities[winner], flow.memory);
        }
        for (std::size_t i = 2; i < flow.cells.size(); ++i) {
            flow.cells[i].set_real(prediction.probabilities[i - 2], flow.memory);
        }
    }

    const ModelPart::Core& model_;
    WorkerCells& cells_;
    std::uint64_t packets_;
    const Generation* generation_ = nullptr;
    EnsembleWorkspace workspace_;
};

}  // namespace

ModelPart::ModelPart(std::unique_ptr<Core> core) : core_(std::move(core)) {}
ModelPart::~ModelPart() = default;

std::string ModelPart::name() const {
    return "model " + core_->settings.name;
}

std::span<const ExtensionColumn> ModelPart::columns() const noexcept {
    return core_->columns;
}

PartMoments ModelPart::moments() const noexcept {
    const std::uint64_t packets = core_->settings.packets;
    return {.init = packets == 1, .update = packets > 1, .complete = packets != 1};
}

Result<std::unique_ptr<PartWorker>> ModelPart::open(std::uint32_t /*worker*/) const {
    return std::unique_ptr<PartWorker>(std::make_unique<ModelWorker>(*core_, core_->open()));
}

const ModelSettings& ModelPart::settings() const noexcept {
    return core_->settings;
}

ModelNumbers ModelPart::numbers() const {
    return core_->numbers();
}

Result<void> ModelPart::check(const Ensemble& ensemble) const {
    return core_->would_take(ensemble);
}

std::shared_ptr<const Ensemble> ModelPart::ensemble() const {
    return core_->ensemble();
}

Result<void> ModelPart::replace(std::shared_ptr<const Ensemble> ensemble) {
    return core_->replace(std::move(ensemble));
}

Result<std::unique_ptr<ExtensionPart>> make_model(
    const ModelSettings& settings,
    const MeterOptions& options,
    std::shared_ptr<const Ensemble> ensemble
) {
    ModelSettings all = settings;
    if (all.outputs.empty()) {
        all.outputs = {all.name};
    }
    const std::vector<std::string>& trained = ensemble->rules().inputs;
    const std::vector<std::string>& names = all.inputs.empty() ? trained : all.inputs;
    if (names.size() != trained.size()) {
        return model_error(
            all,
            format(
                "{} inputs, but the file has {}; name as many, in its order, or none",
                names.size(),
                trained.size()
            )
        );
    }
    if (Result<void> fit = check_outputs(all, *ensemble); !fit) {
        return std::move(fit).error();
    }
    const auto moment =
        all.packets == 0 ? InputColumns::Moment::kEnd : InputColumns::Moment::kEarly;
    Result<InputColumns> inputs = InputColumns::find(names, moment, options);
    if (!inputs) {
        return std::move(inputs).error().within("models." + all.name);
    }
    auto core = std::make_unique<ModelPart::Core>(
        std::move(all), std::move(inputs).value(), std::move(ensemble)
    );
    return std::unique_ptr<ExtensionPart>(std::make_unique<ModelPart>(std::move(core)));
}

Result<std::unique_ptr<ExtensionPart>> make_model(
    const ModelSettings& settings, const MeterOptions& options
) {
    Result<std::shared_ptr<const Ensemble>> loaded = load_ensemble(settings.file);
    if (!loaded) {
        return std::move(loaded).error().within("models." + settings.name);
    }
    return make_model(settings, options, std::move(loaded).value());
}

}  // namespace flowgauge
