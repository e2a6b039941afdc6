#include "extension/plugins/plugin_host.h"

#include <algorithm>
#include <memory>
#include <new>
#include <span>

namespace flowgauge {
namespace {

PluginWorker& worker_of(const flowgauge_flow* flow) noexcept {
    return *static_cast<PluginWorker*>(flow->host);
}

}  // namespace

flowgauge_host PluginHost::table(
    PluginWorker& owner, std::uint32_t worker, TimeUnit unit
) noexcept {
    return {
        .abi_version = FLOWGAUGE_PLUGIN_ABI,
        .size = sizeof(flowgauge_host),
        .ticks_per_second = static_cast<std::uint32_t>(ticks_per_second(unit)),
        .worker = worker,
        .set_unsigned = set_unsigned,
        .set_integer = set_integer,
        .set_real = set_real,
        .set_text = set_text,
        .set_integers = set_integers,
        .set_texts = set_texts,
        .clear = clear,
        .find_column = find_column,
        .read_integer = read_integer,
        .read_real = read_real,
        .read_text = read_text,
        .state = &owner};
}

// The cell of a column of that type; null, and counted, where there is none.
Cell* PluginHost::cell_of(
    const flowgauge_flow* flow, std::size_t column, ColumnType type
) noexcept {
    PluginWorker& worker = worker_of(flow);
    const std::vector<ExtensionColumn>& columns = worker.instance_.columns();
    if (worker.current_ == nullptr || column >= columns.size() || columns[column].type != type) {
        PluginTally::add(worker.tally_.values_of_wrong_type);
        return nullptr;
    }
    return &worker.current_->cells[column];
}

CellMemory& PluginHost::memory_of(const flowgauge_flow* flow) noexcept {
    return worker_of(flow).current_->memory;
}

void PluginHost::set_unsigned(
    const flowgauge_flow* flow, std::size_t column, std::uint64_t value
) noexcept {
    if (Cell* cell = cell_of(flow, column, ColumnType::kUnsigned); cell != nullptr) {
        cell->set_unsigned(value, memory_of(flow));
    }
}

void PluginHost::set_integer(
    const flowgauge_flow* flow, std::size_t column, std::int64_t value
) noexcept {
    if (Cell* cell = cell_of(flow, column, ColumnType::kInteger); cell != nullptr) {
        cell->set_integer(value, memory_of(flow));
    }
}

void PluginHost::set_real(const flowgauge_flow* flow, std::size_t column, double value) noexcept {
    if (Cell* cell = cell_of(flow, column, ColumnType::kReal); cell != nullptr) {
        cell->set_real(value, memory_of(flow));
    }
}

void PluginHost::set_text(
    const flowgauge_flow* flow, std::size_t column, flowgauge_text value
) noexcept {
    if (Cell* cell = cell_of(flow, column, ColumnType::kText); cell != nullptr) {
        const std::size_t size = value.data == nullptr ? 0 : value.size;
        cell->set_text({value.data, size}, memory_of(flow));
    }
}

void PluginHost::set_integers(
    const flowgauge_flow* flow, std::size_t column, const std::int64_t* values, std::size_t count
) noexcept {
    if (Cell* cell = cell_of(flow, column, ColumnType::kList); cell != nullptr) {
        cell->set_list({values, values == nullptr ? 0 : count}, memory_of(flow));
    }
}

// One more text than a cell takes, so that it counts what is cut.
void PluginHost::set_texts(
    const flowgauge_flow* flow, std::size_t column, const flowgauge_text* values, std::size_t count
) noexcept {
    Cell* cell = cell_of(flow, column, ColumnType::kTexts);
    if (cell == nullptr) {
        return;
    }
    std::vector<std::string_view>& texts = worker_of(flow).texts_;
    const std::size_t taken =
        values == nullptr ? 0 : std::min<std::size_t>(count, Cell::kEntriesMax + 1);
    try {
        texts.clear();
        for (const flowgauge_text& value : std::span(values, taken)) {
            texts.emplace_back(value.data, value.data == nullptr ? 0 : value.size);
        }
    } catch (const std::bad_alloc&) {
        PluginTally::add(worker_of(flow).tally_.values_of_wrong_type);
        return;
    }
    cell->set_texts(texts, memory_of(flow));
}

void PluginHost::clear(const flowgauge_flow* flow, std::size_t column) noexcept {
    PluginWorker& worker = worker_of(flow);
    if (worker.current_ == nullptr || column >= worker.instance_.columns().size()) {
        PluginTally::add(worker.tally_.values_of_wrong_type);
        return;
    }
    worker.current_->cells[column].clear(worker.current_->memory);
}

int PluginHost::find_column(const flowgauge_host* host, const char* name) noexcept {
    if (name == nullptr) {
        return -1;
    }
    const auto& worker = *static_cast<const PluginWorker*>(host->state);
    const std::vector<std::string>& names = worker.surroundings_.names;
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

// Null where the column has no value now: nobody knows the process of a flow that lives. Each
// column has memory of its own, because its text lasts as long as the call.
const ColumnValue* PluginHost::read(const flowgauge_flow* flow, int column) noexcept {
    PluginWorker& worker = worker_of(flow);
    const std::vector<Column>& columns = worker.surroundings_.columns;
    const auto place = static_cast<std::size_t>(column);
    if (worker.current_ == nullptr || column < 0 || place >= columns.size()) {
        return nullptr;
    }
    const RecordView& record = worker.current_->record;
    if (record.packet != nullptr && columns[place].presence == Presence::kVisibility) {
        return nullptr;
    }
    try {
        std::unique_ptr<ColumnValue>& value = worker.values_[place];
        if (value == nullptr) {
            value = std::make_unique<ColumnValue>();
        }
        value->read(columns[place], record);
        return value.get();
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

int PluginHost::read_integer(const flowgauge_flow* flow, int column, std::int64_t* value) noexcept {
    const ColumnValue* found = read(flow, column);
    if (found == nullptr || found->kind() != ColumnValue::Kind::kInteger) {
        return 0;
    }
    *value = found->integer();
    return 1;
}

int PluginHost::read_real(const flowgauge_flow* flow, int column, double* value) noexcept {
    const ColumnValue* found = read(flow, column);
    if (found == nullptr || (found->kind() != ColumnValue::Kind::kInteger &&
                             found->kind() != ColumnValue::Kind::kReal)) {
        return 0;
    }
    *value = found->real();
    return 1;
}

int PluginHost::read_text(const flowgauge_flow* flow, int column, flowgauge_text* value) noexcept {
    const ColumnValue* found = read(flow, column);
    if (found == nullptr || found->kind() != ColumnValue::Kind::kText) {
        return 0;
    }
    *value = {.data = found->text().data(), .size = found->text().size()};
    return 1;
}

}  // namespace flowgauge
