// Terminal: what is known of where text for people goes.
#pragma once

#include <cstddef>
#include <string_view>

namespace flowgauge {

struct Terminal {
    bool present = false;      // it is one, and not a file or a pipe
    std::size_t columns = 80;  // its own word, else COLUMNS, else 80
    bool unicode = false;      // the locale is UTF-8
    bool bold = false;         // it is one, not a dumb one, and NO_COLOR is not set
};

// Looks at a descriptor and the environment. Thread: while no other changes the environment.
[[nodiscard]] Terminal look_at_terminal(int descriptor);

// Columns of the terminal at `descriptor` now, 0 if it is none. Thread: any.
[[nodiscard]] std::size_t terminal_columns(int descriptor) noexcept;

// Values of the environment variables by which setlocale(3) chooses the characters; the first that
// is not empty decides.
struct LocaleNames {
    std::string_view lc_all;
    std::string_view lc_ctype;
    std::string_view lang;
};

// Whether the locale's characters are UTF-8.
[[nodiscard]] bool is_utf8(const LocaleNames& names);

}  // namespace flowgauge
