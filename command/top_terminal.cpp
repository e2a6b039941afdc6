#include "command/top_terminal.h"

#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

// Functions instead of macros: those of ncurses have names such as `move` and `erase`.
#define NCURSES_NOMACROS 1  // NOLINT(readability-identifier-naming): its name
#define NCURSES_WIDECHAR 1  // NOLINT(readability-identifier-naming): its name
#include <curses.h>

namespace flowgauge {
namespace {

// Pairs of colors by number, from 1; ncurses counts in short.
using ColorNumber = std::int16_t;
constexpr ColorNumber kWarningPair = 1;
constexpr ColorNumber kBadPair = 2;

attr_t attributes(LineTone tone) {
    switch (tone) {
    case LineTone::kPlain:
        return WA_NORMAL;
    case LineTone::kReverse:
        return WA_REVERSE;
    case LineTone::kBold:
    case LineTone::kWarning:
    case LineTone::kBad:
        return WA_BOLD;
    }
    return WA_NORMAL;
}

std::optional<KeyName> key_name(wint_t code) {
    switch (code) {
    case KEY_UP:
        return KeyName::kUp;
    case KEY_DOWN:
        return KeyName::kDown;
    case KEY_PPAGE:
        return KeyName::kPageUp;
    case KEY_NPAGE:
        return KeyName::kPageDown;
    case KEY_HOME:
        return KeyName::kHome;
    case KEY_END:
        return KeyName::kEnd;
    case KEY_ENTER:
        return KeyName::kEnter;
    case KEY_BACKSPACE:
        return KeyName::kBackspace;
    case KEY_RESIZE:
        return KeyName::kResize;
    default:
        return std::nullopt;
    }
}

Key character_key(wint_t code) {
    switch (code) {
    case L'\n':
    case L'\r':
        return {.name = KeyName::kEnter};
    case 0x1b:
        return {.name = KeyName::kEscape};
    case 0x08:
    case 0x7f:
        return {.name = KeyName::kBackspace};
    default:
        return {.name = KeyName::kCharacter, .character = static_cast<char32_t>(code)};
    }
}

// NO_COLOR (no-color.org) set to anything.
bool wants_color() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
    const char* refused = std::getenv("NO_COLOR");
    return refused == nullptr || std::string_view(refused).empty();
}

}  // namespace

class TopTerminal::Screen {
public:
    explicit Screen(SCREEN* screen)
        : screen_(screen),
          has_color_(wants_color() && ::has_colors() && ::start_color() == OK) {
        ::raw();  // Ctrl-C and Ctrl-Z are keys, so that the terminal is always restored
        ::noecho();
        ::nonl();
        ::nodelay(stdscr, TRUE);
        ::keypad(stdscr, TRUE);
        ::set_escdelay(50);
        ::curs_set(0);
        if (has_color_) {
            ::use_default_colors();
            ::init_pair(kWarningPair, COLOR_YELLOW, -1);
            ::init_pair(kBadPair, COLOR_RED, -1);
        }
    }
    ~Screen() {
        ::endwin();
        ::delscreen(screen_);
    }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    [[nodiscard]] ColorNumber color(LineTone tone) const {
        if (!has_color_ || (tone != LineTone::kWarning && tone != LineTone::kBad)) {
            return 0;
        }
        return tone == LineTone::kWarning ? kWarningPair : kBadPair;
    }

private:
    SCREEN* screen_;
    bool has_color_;
};

Result<std::unique_ptr<TopTerminal>> TopTerminal::open() {
    const auto refused = [](const char* why) {
        return Error{ErrorKind::kUsage, std::string(why) + "; for text, use: flowgauge top --once"};
    };
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
        return refused("top needs a terminal at standard input and output");
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any other thread needs the locale
    static_cast<void>(std::setlocale(LC_CTYPE, ""));
    SCREEN* screen = ::newterm(nullptr, stdout, stdin);
    if (screen == nullptr) {
        return refused("nothing is known of this terminal (TERM)");
    }
    return std::unique_ptr<TopTerminal>(new TopTerminal(std::make_unique<Screen>(screen)));
}

TopTerminal::TopTerminal(std::unique_ptr<Screen> screen) : screen_(std::move(screen)) {}

TopTerminal::~TopTerminal() = default;

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): there is a size while this lives
ScreenSize TopTerminal::size() const {
    return {
        .columns = static_cast<std::size_t>(::getmaxx(stdscr)),
        .lines = static_cast<std::size_t>(::getmaxy(stdscr))};
}

void TopTerminal::draw(const std::vector<ScreenLine>& lines) {
    ::werase(stdscr);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const ScreenLine& line = lines[i];
        ::wattr_set(stdscr, attributes(line.tone), screen_->color(line.tone), nullptr);
        ::mvwaddnstr(
            stdscr, static_cast<int>(i), 0, line.text.data(), static_cast<int>(line.text.size())
        );
    }
    ::wattr_set(stdscr, WA_NORMAL, 0, nullptr);
    ::wrefresh(stdscr);
}

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): as above
std::optional<Key> TopTerminal::next_key() {
    for (;;) {
        wint_t code = 0;
        const int kind = ::wget_wch(stdscr, &code);
        if (kind == OK) {
            return character_key(code);
        }
        if (kind != KEY_CODE_YES) {
            return std::nullopt;
        }
        if (const std::optional<KeyName> name = key_name(code)) {
            return Key{.name = *name};
        }
    }
}

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): as above
void TopTerminal::suspend() {
    ::endwin();
    static_cast<void>(std::raise(SIGSTOP));
    ::wrefresh(stdscr);
}

}  // namespace flowgauge
