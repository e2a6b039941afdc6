// TopTerminal: a full screen of lines and the keys of who looks at it. Hides ncurses.
#pragma once

#include "command/top_screen.h"
#include "core/base/result.h"

#include <memory>
#include <optional>
#include <vector>

namespace flowgauge {

// Ownership: the terminal is this object's until it is destroyed, which restores it. Thread: one,
// while no other writes to standard output. SIGWINCH becomes Key kResize.
class TopTerminal {
public:
    // Errors: standard input or output is no terminal, or one that nothing is known of.
    [[nodiscard]] static Result<std::unique_ptr<TopTerminal>> open();

    ~TopTerminal();
    TopTerminal(const TopTerminal&) = delete;
    TopTerminal& operator=(const TopTerminal&) = delete;

    [[nodiscard]] ScreenSize size() const;
    void draw(const std::vector<ScreenLine>& lines);

    // The next key that is there, without waiting. Read until there is none before the next wait.
    [[nodiscard]] std::optional<Key> next_key();

    // Stops the process as Ctrl-Z does elsewhere, and draws anew when it goes on.
    void suspend();

private:
    class Screen;
    explicit TopTerminal(std::unique_ptr<Screen> screen);

    std::unique_ptr<Screen> screen_;
};

}  // namespace flowgauge
