#include "command/command_line.h"

#include "command/standard_output.h"
#include "config/parameter.h"
#include "config/value_text.h"
#include "service/message.h"
#include "service/version.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

// A switch may stand alone or before a word that can only be its value ("--statistical-analysis
// true x.pcap"): it is written as one argument, so that it never swallows a file name.
std::vector<std::string> join_switches(const std::vector<std::string>& arguments) {
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        const auto found = std::ranges::find_if(all_parameters(), [&](const Parameter& parameter) {
            return !parameter.option.empty() && is_switch(parameter) &&
                   option_name(parameter) == argument;
        });
        if (found == all_parameters().end()) {
            joined.push_back(argument);
            continue;
        }
        const bool is_choice = found->type.kind == ValueKind::kChoice;
        const bool has_value = i + 1 < arguments.size() &&
                               (parse_bool(arguments[i + 1]) ||
                                (is_choice && !arguments[i + 1].starts_with('-') &&
                                 arguments[i + 1].find_first_of("./") == std::string::npos));
        joined.push_back(argument + "=" + (has_value ? arguments[++i] : "true"));
    }
    return joined;
}

// Knows the option of the other command, so that the message says where it belongs.
void refuse_parameter(CLI::App& command, const Parameter& parameter, bool live) {
    const auto refuse = [&parameter, live](const std::string&) {
        throw CLI::ValidationError(
            option_name(parameter),
            live ? "only with `read`; live frames are not kept" : "only with `run`"
        );
    };
    command.add_option_function<std::string>(option_name(parameter), refuse)->group("");
}

void add_parameters(CLI::App& command, bool live, ConfigurationSources& sources) {
    for (const Parameter& parameter : all_parameters()) {
        if (parameter.option.empty()) {
            continue;
        }
        if (!is_accepted(parameter.scope, live)) {
            refuse_parameter(command, parameter, live);
            continue;
        }
        const auto keep = [&sources, &parameter](const std::string& text) {
            Parts ignored;
            if (Result<void> applied = apply(parameter, ignored, text, Units::kOptional);
                !applied) {
                throw CLI::ValidationError(option_name(parameter), applied.error().message);
            }
            sources.assignments.push_back({.option = std::string(parameter.option), .text = text});
        };
        command
            .add_option_function<std::string>(option_name(parameter), keep, help_text(parameter))
            ->type_name(value_name_text(parameter))
            ->group(std::string(parameter.group))
            ->take_last();
    }
}

CLI::Option* add_config(CLI::App& command, ConfigurationSources& sources) {
    return command
        .add_option("--config", sources.path, "configuration file; see flowgauge.yaml(5)")
        ->type_name("FILE");
}

void add_views(CLI::App& command, CommandLine& line) {
    CLI::Option_group* views = command.add_option_group("View");
    const auto add = [&](const std::string& name, ConfigView view, const std::string& help) {
        views->add_flag_callback(
            name, [&line, view] { line.view = view; }, help
        );
    };
    add("--defaults", ConfigView::kDefaults, "every key with its default and what it means");
    add("--effective", ConfigView::kEffective, "every key as it is in force, environment included");
    add("--schema", ConfigView::kSchema, "JSON Schema of the file, for editors");
    add("--manual", ConfigView::kManual, "flowgauge.yaml(5) as Markdown");
    add("--packaged", ConfigView::kPackaged, "the configuration that the package installs");
    views->require_option(1);
    add_config(command, line.sources);
}

void add_field_forms(CLI::App& fields, FieldsOptions& options) {
    const auto form_of = [&options](FieldsForm form) {
        return [&options, form](std::int64_t /*count*/) {
            options.form = form;
        };
    };
    CLI::Option_group* forms = fields.add_option_group("Forms");
    forms->add_flag_function(
        "--markdown", form_of(FieldsForm::kMarkdown), "columns, as docs/FIELDS.md"
    );
    forms->add_flag_function(
        "--metrics", form_of(FieldsForm::kMetrics), "metrics, as docs/METRICS.md"
    );
    forms->add_flag_function(
        "--protobuf", form_of(FieldsForm::kProtobuf), "columns, as a schema of protocol buffers"
    );
    forms->add_flag_function(
        "--packet", form_of(FieldsForm::kPacket), "fields of packets, for computed features"
    );
    std::map<std::string, IpfixDictionary> dictionaries;
    for (const IpfixDictionaryKind& each : kIpfixDictionaries) {
        dictionaries.emplace(each.word, each.kind);
    }
    forms
        ->add_option_function<IpfixDictionary>(
            "--ipfix",
            [&options](const IpfixDictionary& dictionary) {
                options.form = FieldsForm::kIpfix;
                options.dictionary = dictionary;
            },
            "information elements, for a collector"
        )
        ->transform(CLI::CheckedTransformer(dictionaries))
        ->type_name("COLLECTOR");
    forms->require_option(0, 1);
    fields.add_option(
        "--enterprise-number", options.enterprise_number, "of the sinks, for --ipfix"
    );
}

struct Commands {
    CLI::App* read;
    CLI::App* run;
    CLI::App* fields;
    CLI::App* check;
    CLI::App* config;
    CLI::App* interfaces;
    OperatorCommands operators;
};

Commands add_commands(CLI::App& app, CommandLine& line) {
    ConfigurationSources& sources = line.sources;
    Commands commands{
        .read = app.add_subcommand("read", "read capture files and write flow records"),
        .run = app.add_subcommand("run", "capture live until SIGINT or SIGTERM"),
        .fields = app.add_subcommand("fields", "list columns, metrics or information elements"),
        .check = app.add_subcommand("check", "tell every error of a configuration file"),
        .config = app.add_subcommand("config", "show defaults, schema, or what is in force"),
        .interfaces = app.add_subcommand("interfaces", "what can be captured, and hints"),
        .operators = add_operator_commands(app, line.operators)};
    commands.interfaces->add_flag("--json", line.interfaces_json, "for programs");
    commands.read
        ->add_option(
            "FILE,--source",
            sources.names,
            "pcap or pcapng files, in order, as one stream; - is standard input"
        )
        ->required();
    commands.run
        ->add_option(
            "--interface,-i,--source",
            sources.names,
            "network interfaces to capture on, in place of the inputs of the configuration"
        )
        ->type_name("IF");
    add_config(*commands.read, sources);
    add_config(*commands.run, sources);
    add_parameters(*commands.read, false, sources);
    add_parameters(*commands.run, true, sources);
    add_field_forms(*commands.fields, line.fields);
    add_config(*commands.fields, sources)
        ->description("configuration whose features, plugins and models give columns as well");
    add_config(*commands.check, sources)->required();
    add_views(*commands.config, line);
    return commands;
}

// A variable of systemd may be inherited, by a shell in a desktop session for instance; then the
// process that systemd started is another one.
bool is_supervised(const std::map<std::string, std::string>& environment) {
    const auto started = environment.find("SYSTEMD_EXEC_PID");
    if (started != environment.end() && started->second != std::to_string(::getpid())) {
        return false;
    }
    return environment.contains("INVOCATION_ID") || environment.contains("NOTIFY_SOCKET");
}

std::map<std::string, std::string> process_environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return variables;
}

Command chosen(const Commands& commands) {
    if (commands.read->parsed()) {
        return Command::kRead;
    }
    if (commands.run->parsed()) {
        return Command::kRun;
    }
    if (commands.check->parsed()) {
        return Command::kCheck;
    }
    if (commands.interfaces->parsed()) {
        return Command::kInterfaces;
    }
    if (commands.operators.status->parsed()) {
        return Command::kStatus;
    }
    if (commands.operators.reload->parsed()) {
        return Command::kReload;
    }
    if (commands.operators.top->parsed()) {
        return Command::kTop;
    }
    return commands.config->parsed() ? Command::kConfig : Command::kFields;
}

void refuse(CommandLine& line, std::string_view message) {
    print_lines(message);
    line.command = Command::kNone;
    line.status = ExitStatus::kUsage;
}

// Loads what `read` and `run` are told.
void configure(CommandLine& line) {
    Result<LoadedConfiguration> loaded = load_configuration(line.sources);
    if (!loaded) {
        refuse(line, loaded.error().message);
        return;
    }
    line.configuration = std::move(loaded).value();
    line.settings = line.configuration.settings;
    for (const std::string& warning : line.configuration.warnings) {
        print_message(warning);
    }
    for (const std::string& name : line.settings.without_effect) {
        print_message(name + " has no effect on files");
    }
}

constexpr std::string_view kShortHelp =
    "flowgauge: network flows from live traffic and capture files\n"
    "\n"
    "  flowgauge read traffic.pcap          what is in a capture\n"
    "  flowgauge run --interface eth0       what is on the wire, until Ctrl-C\n"
    "  flowgauge status                     how the running sensor is\n"
    "\n"
    "flowgauge --help lists all commands, flowgauge COMMAND --help their options.\n";

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
    CommandLine line;
    if (arguments.empty()) {
        line.status = write_standard_output(kShortHelp);
        return line;
    }
    CLI::App app("flowgauge: network flows from live traffic and capture files", "flowgauge");
    app.set_version_flag("--version", version_text());
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    const Commands commands = add_commands(app, line);
    std::vector<std::string> reversed = join_switches(arguments);
    std::ranges::reverse(reversed);  // as CLI11 wants it
    try {
        app.parse(reversed);
    } catch (const CLI::Success& done) {
        app.exit(done);  // prints help or version
        return line;
    } catch (const CLI::ParseError& error) {
        refuse(line, std::string(error.what()) + "; see flowgauge --help");
        return line;
    }
    line.command = chosen(commands);
    line.sources.environment = process_environment();
    line.sources.supervised = is_supervised(line.sources.environment);
    line.sources.use =
        line.command == Command::kRead ? ConfigurationUse::kRead : ConfigurationUse::kRun;
    const bool is_fields = line.command == Command::kFields && !line.sources.path.empty();
    if (line.command == Command::kRead || line.command == Command::kRun || is_fields) {
        configure(line);
    }
    return line;
}

}  // namespace flowgauge
