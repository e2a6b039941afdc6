#include "command/reload_command.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

TEST(VerdictText, SaysWhatIsInForceAndWhatWaits) {
    EXPECT_EQ(
        verdict_text(
            {.ok = true,
             .applied = {"logging.level", "flows.idle_timeout"},
             .restart = {"flows.max_flows"},
             .errors = {}}
        ),
        "reloaded\n"
        "in force now:\n"
        "  logging.level\n"
        "  flows.idle_timeout\n"
        "in force after a restart (systemctl restart flowgauge):\n"
        "  flows.max_flows\n"
    );
    EXPECT_EQ(
        verdict_text({.ok = true, .applied = {}, .restart = {}, .errors = {}}),
        "reloaded: nothing has changed\n"
    );
}

TEST(VerdictText, HasEveryErrorOfARefusal) {
    EXPECT_EQ(
        verdict_text(
            {.ok = false, .applied = {}, .restart = {}, .errors = {"f.yaml:1:2: a: b", "c\x1b"}}
        ),
        "refused: the configuration stays as it was\n"
        "f.yaml:1:2: a: b\n"
        "c\\x1b\n"
    );
}

}  // namespace
}  // namespace flowgauge
