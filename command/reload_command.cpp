#include "command/reload_command.h"

#include "command/sensor_client.h"
#include "command/standard_output.h"
#include "core/base/format.h"
#include "export/terminal/terminal_text.h"
#include "service/message.h"

#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

void put_list(std::string& out, std::string_view heading, const std::vector<std::string>& lines) {
    if (lines.empty()) {
        return;
    }
    out += heading;
    out += '\n';
    for (const std::string& line : lines) {
        out += "  " + printable(line) + "\n";
    }
}

}  // namespace

std::string verdict_text(const ReloadVerdict& verdict) {
    if (!verdict.ok) {
        std::string out = "refused: the configuration stays as it was\n";
        for (const std::string& line : verdict.errors) {
            out += printable(line) + "\n";
        }
        return out;
    }
    std::string out = verdict.applied.empty() && verdict.restart.empty()
                          ? "reloaded: nothing has changed\n"
                          : "reloaded\n";
    put_list(out, "in force now:", verdict.applied);
    put_list(out, "in force after a restart (systemctl restart flowgauge):", verdict.restart);
    return out;
}

ExitStatus reload_sensor(const ReloadOptions& options) {
    const SensorClient client(control_socket(options.socket));
    Result<ReloadVerdict> verdict = client.reload(options.timeout);
    if (!verdict) {
        return report_error(verdict.error());
    }
    const ExitStatus written = write_standard_output(verdict_text(verdict.value()));
    if (written != ExitStatus::kDone) {
        return written;
    }
    return verdict.value().ok ? ExitStatus::kDone : ExitStatus::kUsage;
}

}  // namespace flowgauge
