#include "command/terminal.h"

#include "core/base/file_descriptor.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/ioctl.h>

namespace flowgauge {
namespace {

TEST(Terminal, KnowsUtf8ByTheFirstVariableThatDecides) {
    struct Row {
        LocaleNames names;
        bool utf8 = false;
    };
    for (const Row& row :
         {Row{{}, false},
          Row{{.lc_all = {}, .lc_ctype = {}, .lang = "C"}, false},
          Row{{.lc_all = {}, .lc_ctype = {}, .lang = "en_US.UTF-8"}, true},
          Row{{.lc_all = {}, .lc_ctype = {}, .lang = "C.utf8"}, true},
          Row{{.lc_all = {}, .lc_ctype = "C", .lang = "en_US.UTF-8"}, false},
          Row{{.lc_all = {}, .lc_ctype = "de_DE.UTF-8@euro", .lang = "C"}, true},
          Row{{.lc_all = "POSIX", .lc_ctype = "C.UTF-8", .lang = "C.UTF-8"}, false},
          Row{{.lc_all = "C.UTF-8", .lc_ctype = "C", .lang = "C"}, true},
          Row{{.lc_all = {}, .lc_ctype = {}, .lang = "de_DE.ISO-8859-1"}, false}}) {
        EXPECT_EQ(is_utf8(row.names), row.utf8)
            << row.names.lc_all << " " << row.names.lc_ctype << " " << row.names.lang;
    }
}

TEST(Terminal, AsksThePseudoTerminalForItsColumns) {
    const FileDescriptor terminal(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(terminal);
    const winsize size{.ws_row = 40, .ws_col = 132, .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(::ioctl(terminal.get(), TIOCSWINSZ, &size), 0);
    EXPECT_EQ(terminal_columns(terminal.get()), 132);
    const Terminal seen = look_at_terminal(terminal.get());
    EXPECT_TRUE(seen.present);
    EXPECT_EQ(seen.columns, 132);
}

TEST(Terminal, IsNoneWhereThereIsAFile) {
    const FileDescriptor file(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(file);
    EXPECT_EQ(terminal_columns(file.get()), 0);
    const Terminal seen = look_at_terminal(file.get());
    EXPECT_FALSE(seen.present);
    EXPECT_FALSE(seen.bold);
    EXPECT_GT(seen.columns, 0);
}

}  // namespace
}  // namespace flowgauge
