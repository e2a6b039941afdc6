// What expressions say of the process that a flow belongs to.
#include "core/expression/expression.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

MeterOptions visible() {
    MeterOptions options;
    options.dissection.enabled = false;
    options.attribution = true;
    return options;
}

bool holds(const std::string& text, const RecordView& view) {
    Result<Expression> compiled = Expression::compile_filter(text, {.options = visible()});
    EXPECT_TRUE(compiled) << (compiled ? "" : compiled.error().message);
    return compiled && ExpressionEvaluator(std::move(compiled).value()).holds(view);
}

TEST(SystemExpressions, ReadWhoOwnsTheSocket) {
    const std::vector<Packet> packets{test::tcp_packet("10.0.0.1:40000", "10.0.0.2:443")};
    test::MadeRecord record(visible(), packets);
    record.attribution() = {
        .owner = test::sample_owner("curl", 4321),
        .peer = test::sample_owner("nginx", 80),
        .match = OwnerMatch::kEvent,
        .reason = OwnerReason::kOk};
    const RecordContext context = test::context_of(visible(), nullptr);
    for (const auto& [text, expected] : std::vector<std::pair<const char*, bool>>{
             {"system_process_name == 'curl'", true},
             {"system_process_name != 'curl'", false},
             {"system_process_name in ['wget', 'curl'] and system_process_pid > 0", true},
             {"system_process_uid >= 1000 and system_user == 'ada'", true},
             {"system_match in ['event', 'exact'] and system_reason == 'ok'", true},
             {"system_peer_process_name == 'nginx' and system_peer_process_pid == 80", true},
             {"system_container_id == ''", false},
             {"system_unit == 'docker-0a1b.scope'", true}}) {
        EXPECT_EQ(holds(text, record.view(context)), expected) << text;
    }
}

TEST(SystemExpressions, SeeDefaultsWhereNothingIsKnown) {
    const std::vector<Packet> packets{test::tcp_packet("10.0.0.1:40000", "10.0.0.2:443")};
    const test::MadeRecord record(visible(), packets);
    const RecordContext context = test::context_of(visible(), nullptr);
    for (const char* text :
         {"system_process_name == ''",
          "system_process_pid == -1 and system_process_uid < 0",
          "system_match == 'none' and system_reason == 'disabled'"}) {
        EXPECT_TRUE(holds(text, record.view(context))) << text;
    }
}

TEST(SystemExpressions, NeedSystemVisibility) {
    const MeterOptions options;
    Result<Expression> absent =
        Expression::compile_filter("system_process_name == 'curl'", {.options = options});
    ASSERT_FALSE(absent);
    EXPECT_EQ(
        absent.error().message,
        "at column 1: column system_process_name needs system_visibility_mode"
    );
}

}  // namespace
}  // namespace flowgauge
