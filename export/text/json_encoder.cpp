#include "export/text/json_encoder.h"

#include "export/text/json_form.h"
#include "export/text/json_text.h"
#include "export/text/text_row.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace flowgauge {
namespace {

// Objects in objects; no schema nests deeper.
constexpr std::size_t kDepthMax = 8;

bool is_tls(const RecordView& record) {
    const ApplicationMetadata* metadata = record.application().metadata.get();
    return metadata != nullptr && !metadata->tls_version.empty();
}

bool has_process(const RecordView& record) {
    const SocketOwner* owner = record.attribution().owner.get();
    return owner != nullptr && owner->pid >= 0;
}

bool is_written(JsonWhen when, const RecordView& record) {
    switch (when) {
    case JsonWhen::kAlways:
        return true;
    case JsonWhen::kTls:
        return is_tls(record);
    case JsonWhen::kNotTls:
        return !is_tls(record);
    case JsonWhen::kProcess:
        return has_process(record);
    case JsonWhen::kNoProcess:
        return !has_process(record);
    }
    return true;
}

std::vector<std::string> keys_of(std::string_view path) {
    std::vector<std::string> keys;
    if (path.empty()) {
        return keys;
    }
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
        keys.emplace_back(path.substr(0, dot));
        path.remove_prefix(dot + 1);
    }
    keys.emplace_back(path);
    return keys;
}

std::string key_text(std::string_view key) {
    std::string text;
    append_json_string(text, key);
    return text + ":";
}

}  // namespace

// A value and the keys that lead to it.
struct JsonEncoder::Leaf {
    std::vector<std::string> keys;
    Step step;
};

class JsonEncoder::Row final : public TextRow {
public:
    explicit Row(RowMemory& out) noexcept : TextRow(out) {}

    void text(std::string_view value) override {
        out_.make_room(json_string_max(value.size()) + 1);
        out_.advance_to(write_json_string(out_.at(), value));
        out_.put(',');
    }

    void list(std::span<const std::int64_t> values) override {
        out_.make_room(values.size() * (kNumberTextMax + 1) + 3);
        out_.put('[');
        for (std::size_t i = 0; i < values.size(); ++i) {
            out_.put(i == 0 ? "" : ",");
            out_.advance_to(write_number(out_.at(), values[i]));
        }
        out_.put("],");
    }

    void texts(std::span<const std::string_view> values) override {
        out_.make_room(2);
        out_.put('[');
        for (const std::string_view value : values) {
            text(value);
        }
        close_list(values.empty());
    }

    // There are no such numbers in JSON.
    void real(double value) override {
        if (std::isfinite(value)) {
            TextRow::real(value);
        } else {
            absent();
        }
    }

    // The key stays, so that each record has the same ones.
    void absent() override {
        constexpr std::string_view kNull = "null,";
        out_.make_room(kNull.size());
        out_.put(kNull);
    }

private:
    // In the place of the comma behind the last element.
    void close_list(bool is_empty) {
        out_.make_room(2);
        if (is_empty) {
            out_.put(']');
        } else {
            out_.last() = ']';
        }
        out_.put(',');
    }
};

JsonEncoder::JsonEncoder(const std::vector<const Column*>& columns, TimeUnit unit, JsonNames names)
    : unit_(unit) {
    add_object(leaves_of(columns, unit, names), 0);
}

std::vector<JsonEncoder::Leaf> JsonEncoder::leaves_of(
    const std::vector<const Column*>& columns, TimeUnit unit, JsonNames names
) {
    std::vector<Leaf> leaves;
    for (const JsonConstant& constant : json_constants(names)) {
        leaves.push_back({.keys = keys_of(constant.path), .step = {.kind = Step::Kind::kConstant}});
        leaves.back().step.text = constant.json;
    }
    const std::vector<std::string> rest = keys_of(json_rest(names));
    for (const Column* column : columns) {
        const std::size_t before = leaves.size();
        for (const JsonPlace& place : json_places(names)) {
            if (place.column == column->name) {
                leaves.push_back({.keys = keys_of(place.path), .step = {.column = column}});
                leaves.back().step.kind = Step::Kind::kFormed;
                leaves.back().step.form = place.form;
                leaves.back().step.when = place.when;
            }
        }
        if (leaves.size() == before) {
            leaves.push_back({.keys = rest, .step = {.column = column}});
            const std::string name = with_unit(column->name, unit);
            const bool in_objects = !rest.empty();
            const std::vector<std::string> own =
                in_objects ? keys_of(name) : std::vector<std::string>{name};
            leaves.back().keys.insert(leaves.back().keys.end(), own.begin(), own.end());
            const bool may_be_empty =
                in_objects && (column->type == ColumnType::kText || column->optional);
            leaves.back().step.kind = may_be_empty ? Step::Kind::kFormed : Step::Kind::kColumn;
        }
    }
    return leaves;
}

// Members stand in the order in which the first value of each comes.
void JsonEncoder::add_object(std::vector<Leaf> leaves, std::size_t depth) {
    while (!leaves.empty()) {
        const std::string key = leaves.front().keys[depth];
        const auto rest = std::stable_partition(
            leaves.begin(), leaves.end(), [&](const Leaf& leaf) { return leaf.keys[depth] == key; }
        );
        std::vector<Leaf> member(leaves.begin(), rest);
        leaves.erase(leaves.begin(), rest);
        if (member.front().keys.size() == depth + 1) {
            steps_.push_back(std::move(member.front().step));
            steps_.back().text.insert(0, key_text(key));
            continue;
        }
        steps_.push_back({.kind = Step::Kind::kOpen, .text = key_text(key) + "{"});
        add_object(std::move(member), depth + 1);
        steps_.push_back({.kind = Step::Kind::kClose});
    }
}

// Behind each value stands a comma; the last one of an object becomes its end.
bool JsonEncoder::encode(const RecordView& record, Block& block) {
    memory_.clear();
    Row plain(memory_);
    std::array<std::size_t, kDepthMax> open{};
    std::size_t depth = 0;
    memory_.put('{');
    for (const Step& step : steps_) {
        memory_.make_room(step.text.size() + 2);
        switch (step.kind) {
        case Step::Kind::kOpen:
            open[depth++] = memory_.size();
            memory_.put(step.text);
            break;
        case Step::Kind::kClose:
            close_object(open[--depth]);
            break;
        case Step::Kind::kConstant:
            memory_.put(step.text);
            memory_.put(',');
            break;
        case Step::Kind::kColumn:
            memory_.put(step.text);
            step.column->read(record, plain);
            break;
        case Step::Kind::kFormed:
            write_formed(step, record, plain);
            break;
        }
    }
    memory_.make_room(2);
    if (memory_.last() == ',') {
        memory_.last() = '}';
    } else {
        memory_.put('}');
    }
    memory_.put('\n');
    block.bytes += memory_.text();
    block.end_unit(1);
    return true;
}

// An object of nothing is left out.
void JsonEncoder::close_object(std::size_t begin) {
    if (memory_.last() == '{') {
        memory_.cut_to(begin);
        return;
    }
    memory_.last() = '}';
    memory_.put(',');
}

void JsonEncoder::write_formed(const Step& step, const RecordView& record, ValueSink& plain) {
    if (!is_written(step.when, record)) {
        return;
    }
    const std::size_t begin = memory_.size();
    memory_.put(step.text);
    const std::size_t value = memory_.size();
    FormedJsonValue formed(memory_, plain, step.form, unit_);
    step.column->read(record, formed);
    if (memory_.size() == value) {
        memory_.cut_to(begin);
    }
}

}  // namespace flowgauge
