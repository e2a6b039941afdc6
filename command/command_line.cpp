#include "command/command_line.h"

#include "config/parameter.h"
#include "config/value_text.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "service/message.h"
#include "service/version.h"

namespace flowgauge {
namespace {

// A switch may stand alone or before a word that can only be its value ("--statistical-analysis
// true x.pcap"): it is written as one argument, so that it never swallows a file name.
std::vector<std::string> join_switches(const std::vector<std::string>& arguments) {
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        const auto found = std::ranges::find_if(all_parameters(), [&](const Parameter& parameter) {
            return is_switch(parameter) && option_name(parameter) == argument;
        });
        if (found == all_parameters().end()) {
            joined.push_back(argument);
            continue;
        }
        const bool has_value = i + 1 < arguments.size() &&
                               (parse_bool(arguments[i + 1]) ||
                                (found->value == "TUNNELS" && !arguments[i + 1].starts_with('-') &&
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

void add_parameters(CLI::App& command, bool live, Settings& settings) {
    for (const Parameter& parameter : all_parameters()) {
        if (!is_accepted(parameter.scope, live)) {
            refuse_parameter(command, parameter, live);
            continue;
        }
        const bool without_effect = !live && parameter.scope == Scope::kLive;
        const auto apply = [&settings, &parameter, without_effect](const std::string& text) {
            if (Result<void> applied = parameter.apply(settings, text); !applied) {
                throw CLI::ValidationError(option_name(parameter), applied.error().message);
            }
            if (without_effect) {
                settings.without_effect.push_back(option_name(parameter));
            }
        };
        command
            .add_option_function<std::string>(
                option_name(parameter), apply, std::string(parameter.help)
            )
            ->type_name(std::string(parameter.value))
            ->group(std::string(parameter.group))
            ->take_last();
    }
}

struct Commands {
    CLI::App* read;
    CLI::App* run;
    CLI::App* fields;
};

Commands add_commands(CLI::App& app, CommandLine& line) {
    Commands commands{
        .read = app.add_subcommand("read", "read capture files and write flow records"),
        .run = app.add_subcommand("run", "capture live until SIGINT or SIGTERM"),
        .fields = app.add_subcommand("fields", "list the columns of records, or the metrics")};
    commands.read
        ->add_option(
            "FILE,--source",
            line.settings.sources,
            "pcap or pcapng files, in order, as one stream; - is standard input"
        )
        ->required();
    commands.run
        ->add_option(
            "--interface,-i,--source", line.settings.sources, "network interfaces to capture on"
        )
        ->required()
        ->type_name("IF");
    add_parameters(*commands.read, false, line.settings);
    add_parameters(*commands.run, true, line.settings);
    const auto chosen = [&line](FieldsForm form) {
        return [&line, form](std::int64_t /*times*/) {
            line.fields = form;
        };
    };
    commands.fields->add_flag_function(
        "--markdown", chosen(FieldsForm::kMarkdown), "columns, as docs/FIELDS.md"
    );
    commands.fields->add_flag_function(
        "--metrics", chosen(FieldsForm::kMetrics), "metrics, as docs/METRICS.md"
    );
    return commands;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
    CommandLine line;
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
        print_message(std::string(error.what()) + "; see flowgauge --help");
        line.status = ExitStatus::kUsage;
        return line;
    }
    if (commands.fields->parsed()) {
        line.command = Command::kFields;
        return line;
    }
    if (Result<void> valid = validate(line.settings); !valid) {
        print_message(valid.error().message);
        line.status = ExitStatus::kUsage;
        return line;
    }
    line.command = commands.read->parsed() ? Command::kRead : Command::kRun;
    for (const std::string& name : line.settings.without_effect) {
        print_message(name + " has no effect on files");
    }
    if (line.command == Command::kRun && line.settings.system_visibility_mode != 0) {
        print_message("--system-visibility-mode: this version does not map flows to processes");
        line.command = Command::kNone;
        line.status = ExitStatus::kUsage;
    }
    return line;
}

}  // namespace flowgauge
