#include "command/terminal.h"

#include "config/value_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>

namespace flowgauge {
namespace {

constexpr std::size_t kColumnsMax = 10'000;

// The value of an environment variable, empty without one.
std::string_view variable(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the header asks that no other thread changes it
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

Terminal look_at_terminal(int descriptor) {
    Terminal terminal;
    terminal.present = ::isatty(descriptor) == 1;
    terminal.columns = terminal_columns(descriptor);
    if (terminal.columns == 0) {
        const Result<std::uint64_t> columns = parse_integer(variable("COLUMNS"), 1, kColumnsMax);
        terminal.columns = columns ? columns.value() : Terminal().columns;
    }
    terminal.unicode = is_utf8(
        {.lc_all = variable("LC_ALL"), .lc_ctype = variable("LC_CTYPE"), .lang = variable("LANG")}
    );
    terminal.bold = terminal.present && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
    return terminal;
}

std::size_t terminal_columns(int descriptor) noexcept {
    winsize size{};
    return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool is_utf8(const LocaleNames& names) {
    std::string_view deciding = names.lang;
    if (!names.lc_all.empty()) {
        deciding = names.lc_all;
    } else if (!names.lc_ctype.empty()) {
        deciding = names.lc_ctype;
    }
    std::string lower(deciding);
    std::ranges::transform(lower, lower.begin(), [](unsigned char character) {
        return static_cast<char>(std::tolower(character));
    });
    return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
}

}  // namespace flowgauge
