#include "core/record/column.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

// Values as texts.
class TextSink final : public ValueSink {
public:
    void unsigned_integer(std::uint64_t value) override { text_ = std::to_string(value); }
    void integer(std::int64_t value) override { text_ = std::to_string(value); }
    void real(double value) override { text_ = std::to_string(value); }
    void text(std::string_view value) override { text_ = "\"" + std::string(value) + "\""; }
    void token(std::string_view value) override { text_ = std::string(value); }
    void list(std::span<const std::int64_t> values) override {
        text_ = std::to_string(values.size());
    }
    void texts(std::span<const std::string_view> values) override {
        text_ = std::to_string(values.size());
    }
    void absent() override { text_.clear(); }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

// What all system columns say of a record that holds `attribution` in its cold bytes.
std::map<std::string, std::string> read(const Attribution& attribution) {
    MeterOptions options;
    options.attribution = true;
    options.splt_analysis = 2;  // so that it is not the first thing in the cold bytes
    RecordContext context;
    context.layout = layout_of(options);
    std::vector<std::byte> cold(context.layout.bytes);
    auto* held = new (cold.data() + *context.layout.attribution) Attribution(attribution);
    Flow flow;
    FlowRecord record;
    record.flow = &flow;
    record.cold = cold.data();
    const RecordView view{.record = record, .context = context};
    std::map<std::string, std::string> all;
    TextSink sink;
    for (const Column& column : all_columns()) {
        if (column.presence == Presence::kVisibility) {
            column.read(view, sink);
            all[std::string(column.name)] = sink.text();
        }
    }
    held->~Attribution();
    return all;
}

TEST(SystemColumns, SayWhoOwnsTheSocketsOfAFlow) {
    Attribution attribution;
    attribution.owner = std::make_shared<SocketOwner>(SocketOwner{
        .pid = 4321,
        .uid = 1000,
        .name = "curl",
        .executable = "/usr/bin/curl",
        .command_line = "curl https://example.org",
        .user = "ada",
        .cgroup = "/system.slice/docker-0a.scope",
        .container_id = "0a",
        .unit = "docker-0a.scope"});
    SocketOwner peer;
    peer.pid = 80;
    peer.name = "nginx";
    attribution.peer = std::make_shared<SocketOwner>(peer);
    attribution.match = OwnerMatch::kEvent;
    attribution.reason = OwnerReason::kOk;
    const std::map<std::string, std::string> expected{
        {"system_process_pid", "4321"},
        {"system_process_name", "\"curl\""},
        {"system_process_exe", "\"/usr/bin/curl\""},
        {"system_process_cmdline", "\"curl https://example.org\""},
        {"system_process_uid", "1000"},
        {"system_user", "\"ada\""},
        {"system_cgroup", "\"/system.slice/docker-0a.scope\""},
        {"system_container_id", "\"0a\""},
        {"system_unit", "\"docker-0a.scope\""},
        {"system_peer_process_pid", "80"},
        {"system_peer_process_name", "\"nginx\""},
        {"system_match", "event"},
        {"system_reason", "ok"}};
    EXPECT_EQ(read(attribution), expected);
}

TEST(SystemColumns, HaveNfstreamsDefaultsWhereNothingIsKnown) {
    const std::map<std::string, std::string> expected{
        {"system_process_pid", "-1"},
        {"system_process_name", "\"\""},
        {"system_process_exe", "\"\""},
        {"system_process_cmdline", "\"\""},
        {"system_process_uid", "-1"},
        {"system_user", "\"\""},
        {"system_cgroup", "\"\""},
        {"system_container_id", "\"\""},
        {"system_unit", "\"\""},
        {"system_peer_process_pid", "-1"},
        {"system_peer_process_name", "\"\""},
        {"system_match", "none"},
        {"system_reason", "disabled"}};
    EXPECT_EQ(read({}), expected);
}

// The socket is known, its process is not.
TEST(SystemColumns, SayTheUserOfASocketWithoutAProcess) {
    Attribution attribution;
    SocketOwner owner;
    owner.uid = 0;
    owner.user = "root";
    attribution.owner = std::make_shared<SocketOwner>(owner);
    attribution.match = OwnerMatch::kUidOnly;
    attribution.reason = OwnerReason::kDenied;
    const auto all = read(attribution);
    EXPECT_EQ(all.at("system_process_pid"), "-1");
    EXPECT_EQ(all.at("system_process_uid"), "0");
    EXPECT_EQ(all.at("system_user"), "\"root\"");
    EXPECT_EQ(all.at("system_match"), "uid_only");
    EXPECT_EQ(all.at("system_reason"), "denied");
}

}  // namespace
}  // namespace flowgauge
