#include "core/extension/part_list.h"

#include "core/base/format.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace flowgauge {
namespace {

bool is_name(std::string_view text) noexcept {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && text.size() <= 128 && is_letter(text.front()) &&
           std::ranges::all_of(text, [&](char c) {
               return is_letter(c) || (c >= '0' && c <= '9');
           });
}

Cell* cells_at(std::byte* extension) noexcept {
    return std::launder(reinterpret_cast<Cell*>(extension));
}

}  // namespace

// Reads the cell of a column.
class PartList::StoredColumn final : public ColumnSource {
public:
    explicit StoredColumn(std::size_t cell) noexcept : cell_(cell) {}

    void read(const RecordView& record, ValueSink& out) override {
        cells_at(record.record.cold + *record.context.layout.extension)[cell_].put(out);
    }

private:
    std::size_t cell_;
};

struct PartList::NamedColumn {
    std::string name;
    std::string unit;
    std::string meaning;
    StoredColumn source;
};

class PartList::Worker final : public FlowExtension {
public:
    Worker(const PartList& list, std::vector<std::unique_ptr<PartWorker>> parts)
        : list_(list),
          parts_(std::move(parts)) {
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            const PartMoments moments = list_.parts_[i]->moments();
            note(moments.init, i, init_);
            note(moments.update, i, update_);
            note(moments.complete, i, complete_);
            note(moments.discard, i, discard_);
        }
    }

    void begin(const RecordContext& context) override {
        context_ = context;
        for (const std::unique_ptr<PartWorker>& part : parts_) {
            part->begin(context_);
        }
    }

    bool init(std::byte* cold, const FlowEvent& event) override {
        std::byte* own = cold + *context_.layout.extension;
        std::uninitialized_default_construct_n(reinterpret_cast<Cell*>(own), list_.columns_.size());
        std::memset(own + list_.columns_.size() * sizeof(Cell), 0, list_.states_bytes_);
        return see(init_, &PartWorker::init, cold, event);
    }

    bool update(std::byte* cold, const FlowEvent& event) override {
        return see(update_, &PartWorker::update, cold, event);
    }

    void complete(const FlowRecord& record) override {
        const RecordView view{.record = record, .context = context_};
        for (const Member& member : complete_) {
            member.part->complete(flow_of(member, view));
        }
    }

    void discard(std::byte* cold) override {
        std::byte* own = cold + *context_.layout.extension;
        for (const Member& member : discard_) {
            member.part->discard(state_of(member, own));
        }
        Cell* cells = cells_at(own);
        for (std::size_t i = 0; i < list_.columns_.size(); ++i) {
            cells[i].clear(memory_);
        }
    }

    [[nodiscard]] ExtensionCounters counters() const noexcept override {
        return {
            .value_bytes = memory_.bytes(),
            .values_left_out = memory_.values_left_out(),
            .values_cut = memory_.values_cut()};
    }

private:
    struct Member {
        PartWorker* part = nullptr;
        Place place;
    };

    void note(bool wanted, std::size_t part, std::vector<Member>& members) {
        if (wanted) {
            members.push_back({parts_[part].get(), list_.places_[part]});
        }
    }

    [[nodiscard]] std::byte* state_of(const Member& member, std::byte* own) const noexcept {
        return own + list_.columns_.size() * sizeof(Cell) + member.place.state;
    }

    [[nodiscard]] ExtendedFlow flow_of(const Member& member, const RecordView& view) {
        std::byte* own = view.record.cold + *context_.layout.extension;
        return {
            .record = view,
            .cells = {cells_at(own) + member.place.first_cell, member.place.cells},
            .state = state_of(member, own),
            .memory = memory_};
    }

    bool see(
        const std::vector<Member>& members,
        bool (PartWorker::*moment)(const ExtendedFlow&),
        std::byte* cold,
        const FlowEvent& event
    ) {
        const FlowRecord record{.flow = const_cast<Flow*>(&event.flow), .cold = cold};
        const RecordView view{.record = record, .context = context_, .packet = &event};
        bool ends = false;
        for (const Member& member : members) {
            ends = (member.part->*moment)(flow_of(member, view)) || ends;
        }
        return ends;
    }

    const PartList& list_;
    std::vector<std::unique_ptr<PartWorker>> parts_;
    std::vector<Member> init_;
    std::vector<Member> update_;
    std::vector<Member> complete_;
    std::vector<Member> discard_;
    RecordContext context_;
    CellMemory memory_;
};

// Parts keep pointers to the columns of those before them.
PartList::PartList() {
    columns_.reserve(kColumnsMax);
}

PartList::~PartList() = default;

Result<void> PartList::add(std::unique_ptr<ExtensionPart> part) {
    const std::span<const ExtensionColumn> added = part->columns();
    const std::size_t first = columns_.size();
    if (Result<void> named = add_columns(*part); !named) {
        columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(first), columns_.end());
        named_.resize(first);
        return named;
    }
    const std::size_t bytes = aligned_state_bytes(part->state_bytes());
    places_.push_back(
        {.first_cell = first, .cells = added.size(), .state = states_bytes_, .state_bytes = bytes}
    );
    states_bytes_ += bytes;
    parts_.push_back(std::move(part));
    return {};
}

Result<void> PartList::add_columns(const ExtensionPart& part) {
    for (const ExtensionColumn& column : part.columns()) {
        if (!is_name(column.name)) {
            return Error{
                ErrorKind::kUsage,
                format(
                    "{}: \"{}\" is no name of a column: letters, digits and _, at most 128",
                    part.name(),
                    column.name
                )};
        }
        const std::string name = "udps." + column.name;
        if (std::ranges::find(columns_, name, &Column::name) != columns_.end()) {
            return Error{
                ErrorKind::kUsage,
                format("{}: a column {} is there already; names are used once", part.name(), name)};
        }
        if (columns_.size() >= kColumnsMax) {
            return Error{
                ErrorKind::kUsage, format("{}: more than {} columns", part.name(), kColumnsMax)};
        }
        auto named = std::make_unique<NamedColumn>(NamedColumn{
            name, column.unit, column.meaning, StoredColumn(columns_.size())});
        columns_.push_back(Column{
            .name = named->name,
            .type = column.type,
            .unit = named->unit,
            .presence = Presence::kAlways,
            .nfstream = true,
            .meaning = named->meaning,
            .read = ColumnReader(named->source),
            .optional = true});
        named_.push_back(std::move(named));
    }
    return {};
}

std::size_t PartList::state_bytes() const noexcept {
    return columns_.size() * sizeof(Cell) + states_bytes_;
}

Result<std::unique_ptr<FlowExtension>> PartList::open(std::uint32_t worker) const {
    std::vector<std::unique_ptr<PartWorker>> workers;
    for (const std::unique_ptr<ExtensionPart>& part : parts_) {
        Result<std::unique_ptr<PartWorker>> opened = part->open(worker);
        if (!opened) {
            return std::move(opened).error();
        }
        workers.push_back(std::move(opened).value());
    }
    return std::unique_ptr<FlowExtension>(std::make_unique<Worker>(*this, std::move(workers)));
}

}  // namespace flowgauge
