#include "extension/features/feature.h"

#include "core/base/format.h"
#include "core/expression/expression.h"
#include "core/flow/flow_observer.h"
#include "core/record/packet_field.h"
#include "extension/features/accumulator.h"
#include "extension/features/feature_value.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::string_view kDirectionPlace = "{direction}";

// One column.
struct FeatureProgram {
    Expression expression;
    std::optional<Direction> direction;  // of the packets that aggregates see; nothing: both
    std::vector<std::unique_ptr<const Accumulator>> accumulators;
    std::vector<std::size_t> states;  // where the state of each begins, in that of the feature
};

// The columns that a name stands for, each with what takes the place of "{direction}".
struct DirectionName {
    std::string_view name;
    std::optional<Direction> direction;
};
constexpr std::array kDirectionNames{
    DirectionName{"bidirectional", std::nullopt},
    DirectionName{"src2dst", Direction::kSrc2Dst},
    DirectionName{"dst2src", Direction::kDst2Src}};

std::string put_in(std::string_view text, std::string_view direction) {
    std::string out;
    for (std::size_t at = text.find(kDirectionPlace); at != std::string_view::npos;
         at = text.find(kDirectionPlace)) {
        out += text.substr(0, at);
        out += direction;
        text.remove_prefix(at + kDirectionPlace.size());
    }
    return out += text;
}

// Where in the text something stands that is at `offset` of what put_in() makes of it.
std::size_t offset_in(std::string_view text, std::string_view direction, std::size_t offset) {
    std::size_t from = 0;
    while (true) {
        const std::size_t place = text.find(kDirectionPlace, from);
        if (place == std::string_view::npos || from + offset < place) {
            return from + offset;
        }
        offset -= place - from;
        if (offset < direction.size()) {
            return place;
        }
        offset -= direction.size();
        from = place + kDirectionPlace.size();
    }
}

class FeatureWorker final : public PartWorker {
public:
    explicit FeatureWorker(std::span<const FeatureProgram> programs) {
        for (const FeatureProgram& program : programs) {
            members_.push_back(
                {.program = &program,
                 .packets = program.expression.packet_frame(),
                 .evaluator = ExpressionEvaluator(program.expression)}
            );
        }
    }

    [[nodiscard]] bool init(const ExtendedFlow& flow) override {
        memory_ = &flow.memory;
        see(flow);
        return false;
    }

    [[nodiscard]] bool update(const ExtendedFlow& flow) override {
        see(flow);
        return false;
    }

    void complete(const ExtendedFlow& flow) override {
        for (std::size_t i = 0; i < members_.size(); ++i) {
            Member& member = members_[i];
            for (std::size_t j = 0; j < member.program->accumulators.size(); ++j) {
                member.program->accumulators[j]->put(
                    flow.state + member.program->states[j], member.evaluator.aggregate(j)
                );
            }
            if (const std::optional<ExpressionValue> value =
                    member.evaluator.evaluate(flow.record)) {
                set_cell(flow.cells[i], *value, member.program->expression, flow.memory);
            }
        }
    }

    void discard(std::byte* state) override {
        for (const Member& member : members_) {
            for (std::size_t j = 0; j < member.program->accumulators.size(); ++j) {
                member.program->accumulators[j]->discard(
                    state + member.program->states[j], *memory_
                );
            }
        }
    }

private:
    struct Member {
        const FeatureProgram* program;
        EvaluationFrame packets;
        ExpressionEvaluator evaluator;
    };

    void see(const ExtendedFlow& flow) {
        for (Member& member : members_) {
            const FeatureProgram& program = *member.program;
            if (program.direction && *program.direction != flow.packet().direction) {
                continue;
            }
            member.packets.begin(flow.record);
            for (std::size_t j = 0; j < program.accumulators.size(); ++j) {
                program.accumulators[j]->add(
                    flow.state + program.states[j], member.packets, flow.memory
                );
            }
        }
    }

    std::vector<Member> members_;
    CellMemory* memory_ = nullptr;  // of the worker's cells; set with its first flow
};

class Feature final : public ExtensionPart {
public:
    explicit Feature(std::string name) : name_(std::move(name)) {}

    void add(
        std::string column,
        Expression expression,
        std::optional<Direction> direction,
        std::string_view text
    ) {
        columns_.push_back(
            {.name = std::move(column),
             .type = cell_type_of(expression),
             .unit = {},
             .meaning = std::string(text)}
        );
        FeatureProgram program{
            .expression = std::move(expression),
            .direction = direction,
            .accumulators = {},
            .states = {}};
        for (const Aggregate& aggregate : program.expression.aggregates()) {
            program.accumulators.push_back(make_accumulator(aggregate));
            program.states.push_back(state_bytes_);
            state_bytes_ += program.accumulators.back()->state_bytes();
            moments_.init = moments_.update = true;
            moments_.discard = moments_.discard || program.accumulators.back()->has_text();
        }
        programs_.push_back(std::move(program));
    }

    [[nodiscard]] std::string name() const override { return "feature " + name_; }
    [[nodiscard]] std::span<const ExtensionColumn> columns() const noexcept override {
        return columns_;
    }
    [[nodiscard]] std::size_t state_bytes() const noexcept override { return state_bytes_; }
    [[nodiscard]] PartMoments moments() const noexcept override { return moments_; }
    [[nodiscard]] Result<std::unique_ptr<PartWorker>> open(std::uint32_t /*worker*/
    ) const override {
        return std::unique_ptr<PartWorker>(std::make_unique<FeatureWorker>(programs_));
    }

private:
    std::string name_;
    std::vector<ExtensionColumn> columns_;
    std::vector<FeatureProgram> programs_;
    std::size_t state_bytes_ = 0;
    PartMoments moments_{.complete = true};
};

Error placed_error(const FeatureSettings& settings, const ExpressionProblem& problem) {
    return Error{ErrorKind::kUsage, problem.placed(settings.expression)}.within(
        format("features.{}", settings.name)
    );
}

Result<void> add_column(
    const FeatureSettings& settings,
    const MeterOptions& options,
    const DirectionName& direction,
    Feature& feature
) {
    const std::string text = put_in(settings.expression, direction.name);
    ExpressionProblem problem;
    Result<Expression> compiled =
        Expression::compile(text, {.options = options, .packet_fields = packet_fields()}, &problem);
    if (!compiled) {
        problem.offset = offset_in(settings.expression, direction.name, problem.offset);
        return placed_error(settings, problem);
    }
    feature.add(
        put_in(settings.name, direction.name),
        std::move(compiled).value(),
        direction.direction,
        text
    );
    return {};
}

}  // namespace

Result<std::unique_ptr<ExtensionPart>> make_feature(
    const FeatureSettings& settings, const MeterOptions& options
) {
    auto feature = std::make_unique<Feature>(settings.name);
    const bool has_directions = settings.name.find(kDirectionPlace) != std::string::npos;
    const std::size_t place = settings.expression.find(kDirectionPlace);
    if (!has_directions && place != std::string::npos) {
        return placed_error(
            settings,
            {.offset = place,
             .message = "{direction} stands in expressions of features whose name has it"}
        );
    }
    const std::span<const DirectionName> names(kDirectionNames);
    for (const DirectionName& direction : has_directions ? names : names.first(1)) {
        if (Result<void> added = add_column(settings, options, direction, *feature); !added) {
            return std::move(added).error();
        }
    }
    return std::unique_ptr<ExtensionPart>(std::move(feature));
}

}  // namespace flowgauge
