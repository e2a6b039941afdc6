#include "config/configuration.h"

#include "config/configuration_check.h"
#include "config/configuration_text.h"
#include "config/draft.h"
#include "config/extension_check.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

// Makes settings of the draft, then of the command line, whose word is the last.
class SettingsBuilder {
public:
    SettingsBuilder(const ConfigurationSources& sources, const Draft& draft, Problems& problems)
        : sources_(sources),
          draft_(draft),
          problems_(problems) {}

    LoadedConfiguration build() {
        apply_all(draft_.given, options_);
        if (reads_files()) {
            leave_out_what_files_do_not_need();
        } else {
            make_inputs();
        }
        make_elements("plugins", &Parts::plugin, options_.settings.plugins);
        make_elements("models", &Parts::model, options_.settings.models);
        make_sinks();
        for (const Assignment& assignment : sources_.assignments) {
            assign(assignment);
        }
        settle();
        loaded_.path = sources_.path;
        return std::move(loaded_);
    }

private:
    [[nodiscard]] bool reads_files() const { return sources_.use == ConfigurationUse::kRead; }

    void apply_all(const std::vector<Given>& all, Parts& parts) {
        for (const Given& given : all) {
            if (given.is_wrong) {
                continue;
            }
            Result<void> applied =
                given.is_list
                    ? apply_items(*given.parameter, parts, given.texts)
                    : apply(*given.parameter, parts, given.texts.front(), Units::kRequired);
            if (!applied) {
                problems_.add(given.place, given.key, applied.error().message);
            }
        }
    }

    [[nodiscard]] const std::vector<Element>& elements(std::string_view list) const {
        static const std::vector<Element> kNone;
        const auto found = draft_.elements.find(list);
        return found == draft_.elements.end() ? kNone : found->second;
    }

    // Their values are checked all the same: a file is right or wrong whoever reads it.
    void leave_out_what_files_do_not_need() {
        std::string ignored;
        const auto note = [&ignored](std::string_view section) {
            ignored += (ignored.empty() ? "" : ", ") + std::string(section);
        };
        for (const Element& element : elements("inputs")) {
            Parts parts;
            apply_all(element.given, parts);
        }
        if (!elements("inputs").empty()) {
            note("inputs");
        }
        for (const std::string_view section : {"visibility", "metrics", "control"}) {
            const std::string prefix = std::string(section) + ".";
            if (std::ranges::any_of(draft_.given, [&prefix](const Given& given) {
                    return given.key.starts_with(prefix);
                })) {
                note(section);
            }
        }
        if (!ignored.empty()) {
            loaded_.warnings.push_back(
                (sources_.path.empty() ? "environment" : sources_.path) + ": `read` ignores " +
                ignored
            );
        }
    }

    void make_inputs() {
        std::vector<InputSettings>& inputs = options_.settings.inputs;
        for (const Element& element : elements("inputs")) {
            Parts parts;
            apply_all(element.given, parts);
            inputs.push_back(std::move(parts.input));
        }
        if (sources_.names.empty()) {
            return;
        }
        if (!inputs.empty()) {
            loaded_.warnings.emplace_back(
                "--interface takes the place of the inputs of " + sources_.path
            );
            inputs.clear();
        }
        for (const std::string& name : sources_.names) {
            InputSettings input;
            input.name = name;
            input.interface = name;
            input.wait_for = std::chrono::milliseconds(0);
            if (std::ranges::find(inputs, name, &InputSettings::name) != inputs.end()) {
                problems_.add({.source = "--interface"}, "", name + " is named twice");
            } else {
                inputs.push_back(std::move(input));
            }
        }
    }

    template <typename Made>
    void make_elements(std::string_view list, Made Parts::*place, std::vector<Made>& made) {
        for (const Element& element : elements(list)) {
            Parts parts;
            apply_all(element.given, parts);
            made.push_back(std::move(parts.*place));
        }
    }

    void make_sinks() {
        const bool elsewhere = is_assigned("output");
        for (const Element& element : elements("sinks")) {
            Parts parts;
            apply_all(element.given, parts);
            if (!elsewhere) {
                options_.settings.sinks.push_back(std::move(parts.sink));
            }
        }
        if (elsewhere && !elements("sinks").empty()) {
            loaded_.warnings.emplace_back(
                "--output takes the place of the sinks of " + sources_.path
            );
        }
    }

    [[nodiscard]] bool is_assigned(std::string_view option) const {
        return std::ranges::find(sources_.assignments, option, &Assignment::option) !=
               sources_.assignments.end();
    }

    void assign(const Assignment& assignment) {
        const Parameter* parameter = find_option(assignment.option);
        if (parameter == nullptr) {
            problems_.add({.source = "--" + assignment.option}, "", "is no option");
            return;
        }
        if (!put(*parameter, assignment.text, options_)) {
            return;
        }
        if (reads_files() && parameter->scope == Scope::kLive) {
            options_.settings.without_effect.push_back(option_name(*parameter));
        }
        if (parameter->field.part == Part::kInput) {
            for (InputSettings& input : options_.settings.inputs) {
                Parts parts;
                std::swap(parts.input, input);
                static_cast<void>(put(*parameter, assignment.text, parts));
                std::swap(parts.input, input);
            }
        }
        // A sink has its own rows, with fewer formats.
        const Parameter* of_sink =
            assignment.option == "format" ? find_key("sinks[].format") : parameter;
        if (of_sink->field.part == Part::kSink) {
            for (SinkSettings& sink : options_.settings.sinks) {
                Parts parts;
                std::swap(parts.sink, sink);
                if (assignment.text != "auto") {
                    static_cast<void>(put(*of_sink, assignment.text, parts));
                }
                std::swap(parts.sink, sink);
            }
        }
    }

    bool put(const Parameter& parameter, std::string_view text, Parts& parts) {
        Result<void> applied = apply(parameter, parts, text, Units::kOptional);
        if (!applied) {
            const Parameter* option = parameter.option.empty() ? find_option("format") : &parameter;
            problems_.add({.source = option_name(*option)}, "", applied.error().message);
        }
        return applied.has_value();
    }

    // Where one option stands for the same of all inputs or sinks.
    void settle() {
        Settings& settings = options_.settings;
        settings.sources = sources_.names;
        settings.capture = options_.input.capture;
        settings.workers = options_.input.workers;
        settle_output();
        for (InputSettings& input : settings.inputs) {
            if (input.workers == 0 && !input.cpus.empty()) {
                input.workers = static_cast<std::uint32_t>(input.cpus.size());
            }
        }
        settings.meter.layer_octets =
            std::ranges::any_of(
                settings.sinks,
                [](const SinkSettings& sink) { return format_of(sink) == RecordFormat::kIpfix; }
            ) ||
            (settings.sinks.empty() && settings.output.sink.encoder.format == RecordFormat::kIpfix);
        settle_plugins();
        settle_visibility();
        if (reads_files()) {
            settings.http = {};
            settings.control = {};
        }
        loaded_.settings = std::move(settings);
    }

    void settle_plugins() {
        Settings& settings = options_.settings;
        for (const std::string& text : settings.udps) {
            const bool is_file = text.find('/') != std::string::npos || text.ends_with(".so");
            PluginSettings plugin;
            plugin.name = std::filesystem::path(text).stem().string();
            (is_file ? plugin.file : plugin.builtin) = text;
            const auto same =
                std::ranges::find(settings.plugins, plugin.name, &PluginSettings::name);
            if (same != settings.plugins.end()) {
                problems_.add({.source = "--udps"}, "", "there is a plugin " + plugin.name);
            } else if (settings.plugins.size() >= kPluginsMax) {
                problems_.add({.source = "--udps"}, "", "too many plugins");
            } else {
                settings.plugins.push_back(std::move(plugin));
            }
        }
        settings.udps.clear();
    }

    // Files do not tell whose the sockets were, and by now they may be others'.
    void settle_visibility() {
        Settings& settings = options_.settings;
        const bool live =
            !reads_files() && std::ranges::any_of(settings.inputs, [](const InputSettings& input) {
                return input.files.empty();
            });
        if (settings.visibility.mode != 0 && !live) {
            if (!reads_files() && !settings.inputs.empty()) {
                loaded_.warnings.emplace_back(
                    "system_visibility_mode: files do not tell which process it was; it is off"
                );
            }
            settings.visibility.mode = 0;
        }
        settings.meter.attribution = settings.visibility.mode != 0;
    }

    // The output is a sink as well, to which options say what they say to all.
    void settle_output() {
        SinkSettings& output = options_.settings.output.sink;
        const SinkSettings& said = options_.sink;
        output.columns = said.columns;
        output.when = said.when;
        output.anonymize = said.anonymize;
        output.encoder.csv_dialect = said.encoder.csv_dialect;
        output.encoder.names = said.encoder.names;
        output.file.compression = said.file.compression;
        output.file.flows_per_file = said.file.flows_per_file;
        output.file.rotate_files = said.file.rotate_files;
    }

    const ConfigurationSources& sources_;
    const Draft& draft_;
    Problems& problems_;
    Parts options_;  // the settings, and the input and sink of the command line
    LoadedConfiguration loaded_;
};

Result<LoadedConfiguration> load(const ConfigurationSources& sources, bool with_filters) {
    Problems problems;
    const Draft draft = read_draft(sources, problems);
    LoadedConfiguration loaded = SettingsBuilder(sources, draft, problems).build();
    const CheckedParts parts{.settings = loaded.settings, .draft = draft, .sources = sources};
    Checker checker(parts, problems);
    loaded.settings.meter.extension = check_extension(checker);
    check_configuration(parts, problems);
    if (with_filters) {
        check_filters(parts, problems, loaded.warnings);
    }
    if (!problems.empty()) {
        return problems.error();
    }
    loaded.effective = effective_text(loaded.settings);
    return loaded;
}

}  // namespace

Result<LoadedConfiguration> load_configuration(const ConfigurationSources& sources) {
    return load(sources, true);
}

Result<LoadedConfiguration> read_configuration(const ConfigurationSources& sources) {
    return load(sources, false);
}

}  // namespace flowgauge
