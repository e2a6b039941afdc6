#include "extension/features/accumulator.h"

#include "core/flow/flow_observer.h"

#include <cmath>
#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace flowgauge {
namespace {

// An integer of 128 bits where the alignment is that of 64.
struct StoredInteger {
    std::uint64_t low = 0;
    std::int64_t high = 0;

    StoredInteger() = default;
    explicit StoredInteger(Int128 value) noexcept
        : low(static_cast<std::uint64_t>(value)),
          high(static_cast<std::int64_t>(value >> 64)) {}
    [[nodiscard]] Int128 value() const noexcept { return (Int128{high} << 64) | Int128{low}; }
};

// How a value of each type is kept.
template <typename T>
struct Stored {
    T held{};
    Stored() = default;
    explicit Stored(const T& value) noexcept : held(value) {}
    [[nodiscard]] T value() const noexcept { return held; }
};
template <>
struct Stored<Int128> : StoredInteger {
    using StoredInteger::StoredInteger;
};

void put_value(bool value, ColumnCapture& out) noexcept {
    out.wide_integer(value ? 1 : 0);
}
void put_value(Int128 value, ColumnCapture& out) noexcept {
    out.wide_integer(value);
}
void put_value(double value, ColumnCapture& out) noexcept {
    out.real(value);
}
void put_value(const AddressValue& value, ColumnCapture& out) noexcept {
    out.address(value);
}
void put_value(const MacValue& value, ColumnCapture& out) noexcept {
    out.mac(value);
}

// Which packets have a part in it, and their values.
class Sampling {
public:
    explicit Sampling(const Aggregate& aggregate) noexcept
        : condition_(aggregate.condition.get()) {}

    [[nodiscard]] bool admits(EvaluationFrame& frame) const {
        return condition_ == nullptr || condition_->of(frame);
    }

private:
    const Term<bool>* condition_;
};

template <typename T>
class Samples : public Sampling {
public:
    explicit Samples(const Aggregate& aggregate) noexcept
        : Sampling(aggregate),
          argument_(std::get<TermOf<T>>(aggregate.argument).get()) {}

    // Returns false for a packet that has no value.
    [[nodiscard]] bool take(EvaluationFrame& frame, T& value) const {
        if (!admits(frame)) {
            return false;
        }
        value = argument_->of(frame);
        bool is_there = !frame.exchange_absent(false);
        if constexpr (std::is_same_v<T, double>) {
            is_there = is_there && !std::isnan(value);
        }
        return is_there;
    }

private:
    const Term<T>* argument_;
};

template <typename State>
class Stateful : public Accumulator {
public:
    static_assert(alignof(State) <= kStateAlignment);
    static_assert(sizeof(State) <= kStateMax);
    static_assert(std::is_trivially_destructible_v<State>);

    [[nodiscard]] std::size_t state_bytes() const noexcept final {
        return aligned_state_bytes(sizeof(State));
    }

protected:
    [[nodiscard]] static State& of(std::byte* state) noexcept {
        return *std::launder(reinterpret_cast<State*>(state));
    }
    [[nodiscard]] static const State& of(const std::byte* state) noexcept {
        return *std::launder(reinterpret_cast<const State*>(state));
    }
};

class Counter final : public Stateful<std::uint64_t> {
public:
    explicit Counter(const Aggregate& aggregate) noexcept : sampling_(aggregate) {}

    void add(std::byte* state, EvaluationFrame& frame, CellMemory& /*memory*/) const override {
        of(state) += sampling_.admits(frame) ? 1U : 0U;
    }
    void put(const std::byte* state, ColumnCapture& out) const override {
        out.unsigned_integer(of(state));
    }

private:
    Sampling sampling_;
};

// any, or all: once the answer is known no packet is looked at.
class Decision final : public Stateful<std::uint64_t> {
public:
    explicit Decision(const Aggregate& aggregate) noexcept
        : sampling_(aggregate),
          once_found_(aggregate.kind == AggregateKind::kAny) {}

    void add(std::byte* state, EvaluationFrame& frame, CellMemory& /*memory*/) const override {
        std::uint64_t& is_found = of(state);
        if (is_found == 0 && sampling_.admits(frame)) {
            is_found = 1;
        }
    }
    void put(const std::byte* state, ColumnCapture& out) const override {
        put_value((of(state) != 0) == once_found_, out);
    }

private:
    Sampling sampling_;
    bool once_found_;
};

class IntegerSum final : public Stateful<StoredInteger> {
public:
    explicit IntegerSum(const Aggregate& aggregate) noexcept : samples_(aggregate) {}

    void add(std::byte* state, EvaluationFrame& frame, CellMemory& /*memory*/) const override {
        if (Int128 value = 0; samples_.take(frame, value)) {
            of(state) = StoredInteger(saturated_sum(of(state).value(), value));
        }
    }
    void put(const std::byte* state, ColumnCapture& out) const override {
        out.wide_integer(of(state).value());
    }

private:
    Samples<Int128> samples_;
};

class RealSum final : public Stateful<double> {
public:
    explicit RealSum(const Aggregate& aggregate) noexcept : samples_(aggregate) {}

    void add(std::byte* state, EvaluationFrame& frame, CellMemory& /*memory*/) const override {
        if (double value = 0; samples_.take(frame, value)) {
            of(state) += value;
        }
    }
    void put(const std::byte* state, ColumnCapture& out) const override { out.real(of(state)); }

private:
    Samples<double> samples_;
};

template <typename T>
struct KeptValue {
    Stored<T> kept;
    std::uint8_t is_there = 0;
};

// min, max, first, last.
template <AggregateKind Kind, typename T>
class Choice final : public Stateful<KeptValue<T>> {
public:
    explicit Choice(const Aggregate& aggregate) noexcept : samples_(aggregate) {}

    void add(std::byte* state, EvaluationFrame& frame, CellMemory& /*memory*/) const override {
        KeptValue<T>& own = this->of(state);
        if (Kind == AggregateKind::kFirst && own.is_there != 0) {
            return;
        }
        if (T value{};
            samples_.take(frame, value) && (own.is_there == 0 || displaces(value, own))) {
            own.kept = Stored<T>(value);
            own.is_there = 1;
        }
    }
    void put(const std::byte* state, ColumnCapture& out) const override {
        const KeptValue<T>& own = this->of(state);
        if (own.is_there == 0) {
            return out.absent();
        }
        put_value(own.kept.value(), out);
    }

private:
    [[nodiscard]] static bool displaces(const T& value, const KeptValue<T>& own) noexcept {
        if constexpr (Kind == AggregateKind::kMin) {
            return value < own.kept.value();
        } else if constexpr (Kind == AggregateKind::kMax) {
            return value > own.kept.value();
        } else {
            return Kind == AggregateKind::kLast;
        }
    }

    Samples<T> samples_;
};

struct KeptText {
    Cell text;
    std::uint8_t is_there = 0;  // also where there was no memory for it
};

// first, last.
class TextChoice final : public Stateful<KeptText> {
public:
    explicit TextChoice(const Aggregate& aggregate) noexcept
        : samples_(aggregate),
          is_first_(aggregate.kind == AggregateKind::kFirst) {}

    void add(std::byte* state, EvaluationFrame& frame, CellMemory& memory) const override {
        KeptText& own = of(state);
        if (is_first_ && own.is_there != 0) {
            return;
        }
        std::string_view value;
        if (!samples_.take(frame, value)) {
            return;
        }
        own.is_there = 1;
        if (own.text.is_absent() || own.text.text() != value) {
            own.text.set_text(value, memory);
        }
    }
    void put(const std::byte* state, ColumnCapture& out) const override { of(state).text.put(out); }
    [[nodiscard]] bool has_text() const noexcept override { return true; }
    void discard(std::byte* state, CellMemory& memory) const noexcept override {
        of(state).text.clear(memory);
    }

private:
    Samples<std::string_view> samples_;
    bool is_first_;
};

// Welford's running moments.
struct Moments {
    std::uint64_t count = 0;
    double mean = 0;
    double squares = 0;  // of the distances from the mean
};

// mean, or stddev of a sample.
class Spread final : public Stateful<Moments> {
public:
    explicit Spread(const Aggregate& aggregate) noexcept
        : samples_(aggregate),
          is_mean_(aggregate.kind == AggregateKind::kMean) {}

    void add(std::byte* state, EvaluationFrame& frame, CellMemory& /*memory*/) const override {
        double value = 0;
        if (!samples_.take(frame, value)) {
            return;
        }
        Moments& own = of(state);
        const double distance = value - own.mean;
        own.mean += distance / static_cast<double>(++own.count);
        own.squares += distance * (value - own.mean);
    }
    void put(const std::byte* state, ColumnCapture& out) const override {
        const Moments& own = of(state);
        if (!is_mean_) {
            const auto freedom = static_cast<double>(own.count) - 1;
            return out.real(own.count < 2 ? 0.0 : std::sqrt(own.squares / freedom));
        }
        if (own.count == 0) {
            return out.absent();
        }
        out.real(own.mean);
    }

private:
    Samples<double> samples_;
    bool is_mean_;
};

using MadeAccumulator = std::unique_ptr<const Accumulator>;

template <AggregateKind Kind>
MadeAccumulator make_extreme(const Aggregate& aggregate) {
    if (std::holds_alternative<TermOf<double>>(aggregate.argument)) {
        return std::make_unique<const Choice<Kind, double>>(aggregate);
    }
    return std::make_unique<const Choice<Kind, Int128>>(aggregate);
}

// Lists were refused.
template <AggregateKind Kind>
MadeAccumulator make_end(const Aggregate& aggregate) {
    return std::visit(
        [&]<typename T>(const TermOf<T>& /*argument*/) -> MadeAccumulator {
            if constexpr (std::is_same_v<T, std::string_view>) {
                return std::make_unique<const TextChoice>(aggregate);
            } else if constexpr (std::is_same_v<T, ListValue> || std::is_same_v<T, TextsValue>) {
                return nullptr;
            } else {
                return std::make_unique<const Choice<Kind, T>>(aggregate);
            }
        },
        aggregate.argument
    );
}

}  // namespace

std::unique_ptr<const Accumulator> make_accumulator(const Aggregate& aggregate) {
    switch (aggregate.kind) {
    case AggregateKind::kCount:
        return std::make_unique<const Counter>(aggregate);
    case AggregateKind::kAny:
    case AggregateKind::kAll:
        return std::make_unique<const Decision>(aggregate);
    case AggregateKind::kSum:
        if (std::holds_alternative<TermOf<double>>(aggregate.argument)) {
            return std::make_unique<const RealSum>(aggregate);
        }
        return std::make_unique<const IntegerSum>(aggregate);
    case AggregateKind::kMin:
        return make_extreme<AggregateKind::kMin>(aggregate);
    case AggregateKind::kMax:
        return make_extreme<AggregateKind::kMax>(aggregate);
    case AggregateKind::kMean:
    case AggregateKind::kStddev:
        return std::make_unique<const Spread>(aggregate);
    case AggregateKind::kFirst:
        return make_end<AggregateKind::kFirst>(aggregate);
    case AggregateKind::kLast:
        break;
    }
    return make_end<AggregateKind::kLast>(aggregate);
}

}  // namespace flowgauge
