#include "visibility/processes/process_text.h"

#include "tests/unit/visibility/processes/proc_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace flowgauge {
namespace {

using namespace std::literals;

TEST(ProcessStat, TakesTheNameFromTheFirstToTheLastParenthesis) {
    for (const std::string_view name :
         {"sh"sv, "a) S 1 (b"sv, ") "sv, "((("sv, "\xff\xfe\n"sv, ""sv}) {
        const std::string line = test::stat_line(42, name, 7, 123'456);
        const auto stat = parse_process_stat(line);
        ASSERT_TRUE(stat) << name;
        EXPECT_EQ(stat->name, name);
        EXPECT_EQ(stat->state, 'S');
        EXPECT_EQ(stat->parent, 7);
        EXPECT_EQ(stat->start_time, 123'456U);
    }
}

TEST(ProcessStat, IsNothingWhenTheLineIsCutOrForeign) {
    const std::string line = test::stat_line(42, "sh", 7, 5);
    for (const std::string_view text :
         {""sv,
          "42"sv,
          "42 (sh"sv,
          ")("sv,
          "42 (sh) S"sv,
          "42 (sh) S x 1"sv,
          std::string_view(line).substr(0, 30)}) {
        EXPECT_FALSE(parse_process_stat(text)) << text;
    }
}

TEST(UserOfStatus, IsTheEffectiveOne) {
    EXPECT_EQ(user_of_status("Name:\tUid: 5\nUmask:\t0022\nUid:\t1\t33\t2\t3\nGid:\t9\n"), 33);
    EXPECT_EQ(user_of_status("Uid:\t1\t4294967295\t2\t3\n"), 4'294'967'295);
    for (const std::string_view text :
         {"", "Uid:", "Uid:\t1\n", "Uid:\t1\t-3", "Uid:\t1\t4294967296"}) {
        EXPECT_EQ(user_of_status(text), -1) << text;
    }
}

TEST(CgroupLines, AreThoseOfTheUnifiedAndOfSystemdsHierarchy) {
    const CgroupLines hybrid = parse_cgroup_lines(
        "9:name=systemd:/system.slice/a.service\n4:memory:/x\n0::/system.slice/b:c (deleted)\n"
    );
    EXPECT_EQ(hybrid.unified, "/system.slice/b:c");
    EXPECT_EQ(hybrid.systemd, "/system.slice/a.service");
    const CgroupLines old = parse_cgroup_lines("1:name=systemd:/u\n2:cpu:/v\n");
    EXPECT_FALSE(old.unified);
    EXPECT_EQ(old.systemd, "/u");
    EXPECT_FALSE(parse_cgroup_lines("0:cpu:/x\n0:::\n\n0::relative\n:").unified);
}

TEST(InodeOfLink, IsTheNumberOfItsKindOnly) {
    EXPECT_EQ(inode_of_link("socket:[77]", "socket"), 77U);
    EXPECT_EQ(inode_of_link("net:[4026531840]", "net"), 4'026'531'840U);
    for (const std::string_view link :
         {"",
          "socket:",
          "socket:[]",
          "socket:[7",
          "socket:[-7]",
          "socket:[7]x",
          "pipe:[7]",
          "socket:[99999999999999999999]",
          "[0000]:7"}) {
        EXPECT_EQ(inode_of_link(link, "socket"), 0U) << link;
    }
}

TEST(FullName, GoesOnWithTheFirstArgumentWhenTheKernelMayHaveCutIt) {
    EXPECT_EQ(full_name("a_very_long_pro", "/opt/a_very_long_program"), "a_very_long_program");
    EXPECT_EQ(full_name("a_very_long_pro", "a_very_long_pro"), "a_very_long_pro");
    EXPECT_EQ(full_name("a_very_long_pro", "/usr/bin/python3"), "a_very_long_pro");
    EXPECT_EQ(full_name("short", "/opt/shorter"), "short");
    EXPECT_EQ(full_name("a_very_long_pro", ""), "a_very_long_pro");
}

TEST(Arguments, AreToldAsPsutilTellsThem) {
    EXPECT_EQ(first_argument_of("/bin/a b\0-c\0"sv), "/bin/a b");
    EXPECT_EQ(first_argument_of("nginx: master process\0"sv), "nginx:");
    EXPECT_EQ(first_argument_of("title without end"sv), "title");
    EXPECT_EQ(first_argument_of("alone\0"sv), "alone");
    EXPECT_EQ(first_argument_of(""sv), "");
    EXPECT_EQ(joined_arguments("/bin/a\0-c\0\xff\0\0"sv), "/bin/a -c \xef\xbf\xbd");
    EXPECT_EQ(joined_arguments(""sv), "");
}

}  // namespace
}  // namespace flowgauge
