#include "command/operator_commands.h"

#include "config/value_text.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace flowgauge {
namespace {

void add_socket(CLI::App& command, std::string& socket) {
    command
        .add_option(
            "--socket",
            socket,
            "control socket of the sensor; default control.sock in $RUNTIME_DIRECTORY or "
            "/run/flowgauge"
        )
        ->type_name("PATH");
}

// An option of a duration with a unit; a bare number counts seconds.
void add_duration(
    CLI::App& command,
    const std::string& name,
    const std::string& help,
    std::chrono::milliseconds& duration
) {
    static constexpr std::chrono::milliseconds kMin{1'000};
    static constexpr std::chrono::milliseconds kMax{3'600'000};
    const auto parse = [name, &duration](const std::string& text) {
        const Result<std::chrono::microseconds> parsed =
            parse_duration(text, std::chrono::seconds(1));
        if (!parsed || parsed.value() < kMin || parsed.value() > kMax) {
            throw CLI::ValidationError(name, "\"" + text + "\" is not a time from 1s to 1h");
        }
        duration = std::chrono::duration_cast<std::chrono::milliseconds>(parsed.value());
    };
    command.add_option_function<std::string>(name, parse, help)->type_name("TIME");
}

// An option whose value is the word of one of `values`.
template <typename T>
void add_choice(
    CLI::App& command,
    const std::string& name,
    const std::string& help,
    std::span<const T> values,
    T& chosen
) {
    std::string words;
    for (const T value : values) {
        words += (words.empty() ? "" : "|") + std::string(to_string(value));
    }
    const auto parse = [name, words, values, &chosen](const std::string& text) {
        const auto found =
            std::ranges::find_if(values, [&text](T value) { return to_string(value) == text; });
        if (found == values.end()) {
            throw CLI::ValidationError(name, "\"" + text + "\" is none of " + words);
        }
        chosen = *found;
    };
    command.add_option_function<std::string>(name, parse, help)->type_name(words);
}

void add_top_options(CLI::App& command, TopOptions& top) {
    static constexpr std::array kViews{
        TopView::kApplications, TopView::kProcesses, TopView::kHosts, TopView::kFlows};
    static constexpr std::array kSorts{
        TopSort::kRate, TopSort::kBytes, TopSort::kPackets, TopSort::kName};
    TopSelection& selection = top.state.selection;
    add_socket(command, top.socket);
    command.add_flag("--once", top.once, "one screen as text, on standard output");
    add_choice<TopView>(command, "--view", "what the rows are", kViews, selection.view);
    add_choice<TopSort>(command, "--sort", "the order of rows", kSorts, selection.sort);
    command.add_option("--filter", selection.filter, "rows with this text in a column")
        ->type_name("TEXT");
    add_duration(
        command, "--interval", "between two looks at the sensor, default 1s", top.state.interval
    );
}

}  // namespace

OperatorCommands add_operator_commands(CLI::App& app, OperatorOptions& options) {
    const OperatorCommands commands{
        .status = app.add_subcommand("status", "show how the running sensor is"),
        .reload = app.add_subcommand("reload", "have it load its configuration anew"),
        .top =
            app.add_subcommand("top", "watch its applications, processes, hosts and flows live")};
    add_socket(*commands.status, options.status.socket);
    commands.status->add_flag("--json", options.status.json, "all that it knows, as JSON");
    commands.status
        ->add_option("--watch", options.status.watch_seconds, "show it again every so many seconds")
        ->check(CLI::Range(1, 3600).description(""))
        ->type_name("SECONDS");
    add_socket(*commands.reload, options.reload.socket);
    add_duration(
        *commands.reload, "--timeout", "how long to wait, default 30s", options.reload.timeout
    );
    add_top_options(*commands.top, options.top);
    return commands;
}

}  // namespace flowgauge
