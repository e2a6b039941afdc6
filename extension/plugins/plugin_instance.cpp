#include "extension/plugins/plugin_instance.h"

#include "core/base/format.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kTextMax = 1024;  // of what a column says of itself, and of a version
constexpr std::size_t kNameMax = 123;   // with "udps." before it, 128
constexpr std::size_t kColumnSizeMin = offsetof(flowgauge_column, meaning) + sizeof(const char*);

Error usage(std::string message) {
    return {ErrorKind::kUsage, std::move(message)};
}

// A text of the plugin, cut where it is too long; empty for null.
std::string text_of(const char* text) {
    return text == nullptr ? std::string() : std::string(text, ::strnlen(text, kTextMax));
}

bool is_name(std::string_view text) noexcept {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && text.size() <= kNameMax && is_letter(text.front()) &&
           std::ranges::all_of(text, [&](char c) {
               return is_letter(c) || (c >= '0' && c <= '9');
           });
}

std::optional<ColumnType> type_of(std::uint32_t type) noexcept {
    switch (type) {
    case FLOWGAUGE_UNSIGNED:
        return ColumnType::kUnsigned;
    case FLOWGAUGE_INTEGER:
        return ColumnType::kInteger;
    case FLOWGAUGE_REAL:
        return ColumnType::kReal;
    case FLOWGAUGE_TEXT:
        return ColumnType::kText;
    case FLOWGAUGE_INTEGERS:
        return ColumnType::kList;
    case FLOWGAUGE_TEXTS:
        return ColumnType::kTexts;
    default:
        return std::nullopt;
    }
}

// What `call` gives, or the error that it threw.
template <typename Call>
auto contained(std::string_view function, Call call) -> Result<decltype(call())> {
    try {
        return call();
    } catch (const std::exception& error) {
        return usage(format("{}() threw: {}", function, error.what()));
    } catch (...) {
        return usage(format("{}() threw", function));
    }
}

}  // namespace

Result<std::unique_ptr<PluginInstance>> PluginInstance::make(const PluginSettings& settings) {
    const std::string place = "plugins." + settings.name;
    std::unique_ptr<PluginInstance> instance(new PluginInstance(settings));  // private constructor
    if (settings.budget <= std::chrono::milliseconds::zero()) {
        return usage(place + ": budget: must be longer than 0 ms");
    }
    Result<std::unique_ptr<PluginFile>> file = PluginFile::open(settings);
    if (!file) {
        return std::move(file.error()).within(place);
    }
    instance->file_ = std::move(file).value();
    instance->version_ = text_of(instance->functions().version);
    Result<void> done = instance->configure();
    if (done) {
        done = instance->take_columns();
    }
    if (!done) {
        return std::move(done.error()).within(instance->file_->place()).within(place);
    }
    return instance;
}

PluginInstance::~PluginInstance() {
    if (file_ == nullptr) {
        return;
    }
    if (configured_ && functions().release != nullptr && !is_abandoned()) {
        try {
            functions().release(handle_);
        } catch (...) {
            abandoned_.store(true, std::memory_order_relaxed);  // nobody is left to be told
        }
    }
    if (is_abandoned()) {
        file_->keep();
    }
}

Result<void> PluginInstance::configure() {
    std::vector<flowgauge_argument> arguments;
    arguments.reserve(settings_.arguments.size());
    for (const auto& [name, value] : settings_.arguments) {
        arguments.push_back({.name = name.c_str(), .value = value.c_str()});
    }
    flowgauge_error error{.size = sizeof(flowgauge_error), .message = {}};
    const Result<int> code = contained("configure", [&] {
        return functions().configure(arguments.data(), arguments.size(), &handle_, &error);
    });
    if (!code) {
        return Error(Result<int>(code).error());
    }
    if (code.value() != 0) {
        const std::string said(error.message, ::strnlen(error.message, sizeof error.message));
        return usage(
            said.empty() ? format("configure() returned {} and gave no reason", code.value()) : said
        );
    }
    configured_ = true;
    return {};
}

Result<void> PluginInstance::take_columns() {
    const flowgauge_column* columns = nullptr;
    const Result<std::size_t> count =
        contained("columns", [&] { return functions().columns(handle_, &columns); });
    if (!count) {
        return Error(Result<std::size_t>(count).error());
    }
    if (count.value() > kColumnsMax || (count.value() > 0 && columns == nullptr)) {
        return usage(format(
            "columns() returned {} columns{}; at most {} are right, with an array of them",
            count.value(),
            columns == nullptr ? " and no array" : "",
            kColumnsMax
        ));
    }
    // The plugin may know more fields of each than we do.
    const char* at = reinterpret_cast<const char*>(columns);
    const std::size_t stride = count.value() == 0 ? 0 : columns->size;
    for (std::size_t i = 0; i < count.value(); ++i, at += stride) {
        flowgauge_column column{};
        std::memcpy(&column.size, at, sizeof column.size);
        if (column.size != stride || stride < kColumnSizeMin || stride % alignof(void*) != 0) {
            return usage(format(
                "column {} says that it has {} bytes; set the size of each to "
                "sizeof(flowgauge_column), {} here",
                i,
                column.size,
                sizeof(flowgauge_column)
            ));
        }
        std::memcpy(&column, at, std::min(stride, sizeof column));
        if (Result<void> taken = take_column(column); !taken) {
            return taken;
        }
    }
    const Result<std::size_t> bytes =
        contained("flow_bytes", [&] { return functions().flow_bytes(handle_); });
    if (!bytes) {
        return Error(Result<std::size_t>(bytes).error());
    }
    if (bytes.value() > kFlowBytesMax) {
        return usage(format(
            "flow_bytes() returned {}, at most {} are right; keep less of each flow, or a pointer",
            bytes.value(),
            kFlowBytesMax
        ));
    }
    flow_bytes_ = bytes.value();
    return {};
}

Result<void> PluginInstance::take_column(const flowgauge_column& column) {
    const std::string name = text_of(column.name);
    if (!is_name(name)) {
        return usage(format(
            "\"{}\" is no name of a column: letters, digits and _, not beginning with a digit, at "
            "most {}",
            name,
            kNameMax
        ));
    }
    const std::optional<ColumnType> type = type_of(column.type);
    if (!type) {
        return usage(format(
            "column {}: type {} is not known; see flowgauge_type in <flowgauge/plugin.h>",
            name,
            column.type
        ));
    }
    columns_.push_back(
        {.name = name,
         .type = *type,
         .unit = text_of(column.unit),
         .meaning = text_of(column.meaning)}
    );
    return {};
}

void PluginInstance::fail(PluginFunction function, PluginFault fault, const std::string& what) {
    errors_.fetch_add(1, std::memory_order_relaxed);
    if (fault == PluginFault::kOverrun || function == PluginFunction::kDiscard ||
        function == PluginFunction::kCleanup) {
        abandoned_.store(true, std::memory_order_relaxed);
    }
    const std::lock_guard lock(mutex_);
    if (!is_disabled()) {
        why_ = format("{}() {}", to_string(function), what);
        fault_.store(fault, std::memory_order_relaxed);
    }
}

PluginTally& PluginInstance::add_tally() {
    const std::lock_guard lock(mutex_);
    return *tallies_.emplace_back(std::make_unique<PluginTally>());
}

PluginNumbers PluginInstance::numbers() const {
    PluginNumbers sum;
    sum.errors = errors_.load(std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    for (const std::unique_ptr<PluginTally>& tally : tallies_) {
        for (std::size_t i = 0; i < kPluginFunctionCount; ++i) {
            sum.calls[i] += tally->calls[i].load(std::memory_order_relaxed);
        }
        sum.expired_flows += tally->expired_flows.load(std::memory_order_relaxed);
        sum.values_of_wrong_type += tally->values_of_wrong_type.load(std::memory_order_relaxed);
        sum.seconds += tally->seconds.load(std::memory_order_relaxed);
    }
    sum.fault = fault_.load(std::memory_order_relaxed);
    sum.why = why_;
    return sum;
}

std::optional<std::string> PluginInstance::take_message() {
    const std::lock_guard lock(mutex_);
    if (!is_disabled() || std::exchange(message_taken_, true)) {
        return std::nullopt;
    }
    return format(
        "plugins.{}: {}: {}; it is called no more and its columns stay empty for flows to come, "
        "until "
        "flowgauge is restarted with a plugin that is mended{}",
        settings_.name,
        file_->place(),
        why_,
        fault_.load(std::memory_order_relaxed) == PluginFault::kOverrun
            ? ", or with a longer budget"
            : ""
    );
}

}  // namespace flowgauge
