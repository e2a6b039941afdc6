#include "python/src/python_settings.h"

#include "capture/packet_filter.h"
#include "core/extension/part_list.h"
#include "extension/features/feature.h"
#include "extension/models/model.h"
#include "extension/plugins/plugin.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;

// A hundred years: longer times behave the same and do not fit all units.
constexpr std::int64_t kSecondsMax = 3'155'760'000;

// Values of a dict. Those that are missing keep what they are.
class OptionReader {
public:
    explicit OptionReader(PyObject* dict) noexcept : dict_(dict) {}

    // Borrowed; null when missing or None.
    [[nodiscard]] PyObject* find(const char* name) const {
        PyObject* value = PyDict_GetItemString(dict_, name);
        return value == Py_None ? nullptr : value;
    }

    template <typename Number>
    void number(const char* name, Number& out) const {
        if (PyObject* value = find(name); value != nullptr) {
            out = static_cast<Number>(PyLong_AsUnsignedLongLong(value));
        }
    }

    void flag(const char* name, bool& out) const {
        if (PyObject* value = find(name); value != nullptr) {
            out = PyObject_IsTrue(value) == 1;
        }
    }

    void text(const char* name, std::string& out) const {
        if (PyObject* value = find(name); value != nullptr) {
            out = text_of(value);
        }
    }

    [[nodiscard]] std::string text(const char* name) const {
        std::string out;
        text(name, out);
        return out;
    }

    // In seconds, whole ones or not.
    void seconds(const char* name, milliseconds& out) const {
        PyObject* value = find(name);
        if (value == nullptr) {
            return;
        }
        const double wanted = PyFloat_AsDouble(value);
        const double bounded = std::min(wanted, static_cast<double>(kSecondsMax));
        out = milliseconds(std::llround(bounded * 1000.0));
    }

    [[nodiscard]] std::vector<std::string> texts(const char* name) const {
        PyObject* list = find(name);
        return list == nullptr ? std::vector<std::string>() : texts_of(list);
    }

    [[nodiscard]] std::vector<PythonRef> objects(const char* name) const {
        std::vector<PythonRef> out;
        PyObject* list = find(name);
        for (Py_ssize_t i = 0; list != nullptr && i < PyList_Size(list); ++i) {
            out.push_back(PythonRef::of(PyList_GetItem(list, i)));
        }
        return out;
    }

    // Paths may hold what is no UTF-8.
    static std::string text_of(PyObject* value) {
        PythonRef bytes(PyUnicode_EncodeFSDefault(value));
        if (!bytes) {
            return {};
        }
        return {
            PyBytes_AS_STRING(bytes.get()),
            static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
    }

    static std::vector<std::string> texts_of(PyObject* list) {
        std::vector<std::string> out;
        for (Py_ssize_t i = 0; i < PyList_Size(list); ++i) {
            out.push_back(text_of(PyList_GetItem(list, i)));
        }
        return out;
    }

private:
    PyObject* dict_;
};

template <typename Word>
struct Choice {
    const char* word;
    Word value;
};

template <typename Word, std::size_t Count>
bool choose(
    const OptionReader& options, const char* name, const Choice<Word> (&choices)[Count], Word& out
) {
    const std::string wanted = options.text(name);
    if (wanted.empty()) {
        return true;
    }
    for (const Choice<Word>& choice : choices) {
        if (wanted == choice.word) {
            out = choice.value;
            return true;
        }
    }
    PyErr_Format(PyExc_ValueError, "%s: \"%s\" is none of its values", name, wanted.c_str());
    return false;
}

bool read_decoding(const OptionReader& options, DecodeOptions& decode) {
    constexpr Choice<TunnelSet> kTunnels[] = {
        {"none", TunnelSet::kNone}, {"nfstream", TunnelSet::kNfstream}, {"all", TunnelSet::kAll}};
    constexpr Choice<FragmentPolicy> kFragments[] = {
        {"reassemble", FragmentPolicy::kReassemble},
        {"first_only", FragmentPolicy::kFirstOnly},
        {"ignore", FragmentPolicy::kIgnore}};
    return choose(options, "decode_tunnels", kTunnels, decode.decode_tunnels) &&
           choose(options, "fragments", kFragments, decode.fragments);
}

bool read_metering(const OptionReader& options, MeterOptions& meter) {
    constexpr Choice<TimeUnit> kUnits[] = {
        {"ms", TimeUnit::kMilliseconds},
        {"us", TimeUnit::kMicroseconds},
        {"ns", TimeUnit::kNanoseconds}};
    constexpr Choice<EndOnTcp> kEnds[] = {
        {"none", EndOnTcp::kNone}, {"fin_rst", EndOnTcp::kFinRst}};
    options.seconds("idle_timeout", meter.flow.idle_timeout);
    options.seconds("active_timeout", meter.flow.active_timeout);
    options.number("max_flows", meter.flow.max_flows);
    std::uint32_t accounting = 0;
    options.number("accounting_mode", accounting);
    meter.flow.accounting_mode = static_cast<AccountingMode>(accounting);
    options.flag("statistical_analysis", meter.statistical_analysis);
    options.number("splt_analysis", meter.splt_analysis);
    std::uint32_t dissections = 20;
    options.number("n_dissections", dissections);
    meter.dissection.enabled = dissections > 0;
    meter.dissection.limits = {.tcp = dissections, .udp = dissections, .other = dissections};
    return choose(options, "time_unit", kUnits, meter.flow.time_unit) &&
           choose(options, "end_on_tcp", kEnds, meter.flow.end_on_tcp) &&
           read_decoding(options, meter.decode);
}

bool read_output(const OptionReader& options, ReadingPlan& plan) {
    constexpr Choice<CsvDialect> kDialects[] = {
        {"rfc4180", CsvDialect::kRfc4180}, {"nfstream", CsvDialect::kNfstream}};
    SinkSettings& sink = plan.settings.output.sink;
    sink.columns = "nfstream";
    options.text("columns", sink.columns);
    options.text("when", sink.when);
    options.text("anonymize", sink.anonymize.columns);
    options.number("max_nflows", plan.settings.max_nflows);
    if (options.find("csv_path") != nullptr) {
        plan.csv.emplace();
        options.text("csv_path", plan.csv->path);
        options.number("flows_per_file", plan.csv->flows_per_file);
        options.number("rotate_files", plan.csv->rotate_files);
    }
    return choose(options, "csv_dialect", kDialects, sink.encoder.csv_dialect);
}

void read_interface(const OptionReader& options, Settings& settings) {
    InputSettings input;
    input.name = "python";
    options.text("interface", input.interface);
    input.wait_for = milliseconds(0);
    input.workers = settings.workers;
    options.text("bpf_filter", input.capture.bpf_filter);
    options.flag("promiscuous_mode", input.capture.promiscuous_mode);
    options.number("snapshot_length", input.capture.snapshot_length);
    options.number("socket_buffer_size", input.capture.socket_buffer_size);
    settings.inputs.push_back(std::move(input));
    std::uint64_t seconds = 0;
    options.number("performance_report", seconds);
    settings.performance_report = std::chrono::seconds(std::min<std::uint64_t>(seconds, 1U << 30));
    options.number("system_visibility_mode", settings.visibility.mode);
    if (options.find("system_visibility_poll_ms") != nullptr) {
        std::uint64_t poll = 0;
        options.number("system_visibility_poll_ms", poll);
        settings.visibility.poll = milliseconds(std::max<std::uint64_t>(poll, 1));
        settings.visibility.poll_is_default = false;
    }
    settings.meter.attribution = settings.visibility.mode != 0;
}

Result<void> check_filter(const std::string& text) {
    constexpr std::uint32_t kSnapshot = 262'144;
    if (text.empty() || PacketFilter::compile(text, LinkType::kEthernet, kSnapshot) ||
        PacketFilter::compile(text, LinkType::kRaw, kSnapshot)) {
        return {};
    }
    return Error{ErrorKind::kUsage, "Unable to compile BPF filter."};
}

// (builtin, file, {argument: text}), as python/flowgauge/plugins says it.
bool read_native(PyObject* entry, PluginSettings& plugin) {
    const char* builtin = nullptr;
    const char* file = nullptr;
    PyObject* arguments = nullptr;
    if (PyArg_ParseTuple(entry, "ssO!", &builtin, &file, &PyDict_Type, &arguments) == 0) {
        return false;
    }
    plugin.builtin = builtin;
    plugin.file = file;
    plugin.name = *builtin != '\0' ? builtin : file;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(arguments, &at, &key, &value) != 0) {
        const char* name = PyUnicode_AsUTF8(key);
        const char* text = PyUnicode_AsUTF8(value);
        if (name == nullptr || text == nullptr) {
            return false;
        }
        plugin.arguments.emplace(name, text);
    }
    return true;
}

// (name, expression)
bool read_feature(PyObject* entry, FeatureSettings& feature) {
    const char* name = nullptr;
    const char* expression = nullptr;
    if (PyArg_ParseTuple(entry, "ss", &name, &expression) == 0) {
        return false;
    }
    feature = {.name = name, .expression = expression};
    return true;
}

// (name, file, [input], [output], packets)
bool read_model(PyObject* entry, ModelSettings& model) {
    const char* name = nullptr;
    PyObject* file = nullptr;
    PyObject* inputs = nullptr;
    PyObject* outputs = nullptr;
    PyObject* packets = nullptr;
    if (PyArg_ParseTuple(
            entry,
            "sO!O!O!O!",
            &name,
            &PyUnicode_Type,
            &file,
            &PyList_Type,
            &inputs,
            &PyList_Type,
            &outputs,
            &PyLong_Type,
            &packets
        ) == 0) {
        return false;
    }
    model = {
        .name = name,
        .file = OptionReader::text_of(file),
        .inputs = OptionReader::texts_of(inputs),
        .outputs = OptionReader::texts_of(outputs),
        .packets = PyLong_AsUnsignedLongLong(packets)};
    return PyErr_Occurred() == nullptr;
}

class NativeParts {
public:
    NativeParts(const OptionReader& options, PartList& parts, const MeterOptions& meter) noexcept
        : options_(options),
          parts_(parts),
          meter_(meter) {}

    // As of a sensor: each reads the columns of those before it.
    [[nodiscard]] Result<void> add() {
        Result<void> added = add_each<PluginSettings>("native", read_native, make_plugin);
        if (added) {
            added = add_each<FeatureSettings>("features", read_feature, make_feature);
        }
        if (added) {
            added = add_each<ModelSettings>("models", read_model, make_model);
        }
        return added;
    }

private:
    template <typename Settings>
    using Maker = Result<std::unique_ptr<ExtensionPart>> (*)(const Settings&, const MeterOptions&);

    // A part of each entry of the list `name`.
    template <typename Settings>
    [[nodiscard]] Result<void> add_each(
        const char* name, bool (*read)(PyObject*, Settings&), Maker<Settings> make
    ) {
        for (const PythonRef& entry : options_.objects(name)) {
            Settings settings;
            if (!read(entry.get(), settings)) {
                return Error{ErrorKind::kUsage, ""};
            }
            Result<std::unique_ptr<ExtensionPart>> made = make(settings, meter_);
            if (!made) {
                return std::move(made).error();
            }
            if (Result<void> added = parts_.add(std::move(made).value()); !added) {
                return added;
            }
        }
        return {};
    }

    const OptionReader& options_;
    PartList& parts_;
    const MeterOptions& meter_;
};

// Native parts first, in their order: what plugins in Python see of a flow that has ended is whole.
Result<void> read_extension(const OptionReader& options, PythonPlan& plan) {
    auto parts = std::make_shared<PartList>();
    ReadingPlan& reading = plan.reading;
    reading.settings.meter.extension = parts;
    NativeParts native(options, *parts, reading.settings.meter);
    if (Result<void> added = native.add(); !added) {
        return added;
    }
    std::vector<PythonRef> on_init = options.objects("on_init");
    std::vector<PythonRef> on_update = options.objects("on_update");
    if (!on_init.empty() || !on_update.empty()) {
        plan.calls = std::make_shared<PluginCalls>();
        plan.calls->on_init = std::move(on_init);
        plan.calls->on_update = std::move(on_update);
        plan.calls->on_expire = options.objects("on_expire");
        plan.calls->has_tunnel_id =
            reading.settings.meter.decode.decode_tunnels != TunnelSet::kNone;
        plan.calls->locks = reading.is_live;
        reading.is_pulled = !reading.is_live;
        reading.take_object = take_flow_object;
        if (Result<void> added = parts->add(make_plugin_part(plan.calls)); !added) {
            return added;
        }
        for (const Column& column : parts->columns()) {
            if (column.name == std::string("udps.") + kFlowObjectColumn) {
                reading.object = &column;
            }
        }
    }
    if (parts->parts().empty()) {
        reading.settings.meter.extension = nullptr;
    }
    return {};
}

}  // namespace

Result<PythonPlan> read_plan(PyObject* dict) {
    const OptionReader options(dict);
    PythonPlan plan;
    Settings& settings = plan.reading.settings;
    plan.reading.is_live = options.find("interface") != nullptr;
    settings.sources = options.texts("sources");
    options.number("workers", settings.workers);
    options.text("bpf_filter", settings.capture.bpf_filter);
    options.flag("has_udps", plan.has_udps);
    if (!read_metering(options, settings.meter) || !read_output(options, plan.reading)) {
        return Error{ErrorKind::kUsage, ""};
    }
    if (Result<void> valid = check_filter(settings.capture.bpf_filter); !valid) {
        return std::move(valid).error();
    }
    if (plan.reading.is_live) {
        read_interface(options, settings);
    }
    if (PyErr_Occurred() != nullptr) {
        return Error{ErrorKind::kUsage, ""};
    }
    if (Result<void> read = read_extension(options, plan); !read) {
        return std::move(read).error();
    }
    return plan;
}

}  // namespace flowgauge
