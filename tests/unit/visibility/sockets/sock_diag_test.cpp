#include "visibility/sockets/sock_diag.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::uint32_t kSequence = 7;

template <typename T>
void put(Bytes& bytes, const T& value) {
    const std::size_t at = bytes.size();
    bytes.resize(at + sizeof value);
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

Bytes message(std::uint16_t type, const Bytes& body, std::uint16_t flags = NLM_F_MULTI) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + body.size());
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    header.nlmsg_seq = kSequence;
    Bytes bytes;
    put(bytes, header);
    bytes.insert(bytes.end(), body.begin(), body.end());
    bytes.resize((bytes.size() + 3) / 4 * 4);
    return bytes;
}

Bytes attribute(std::uint16_t type, const Bytes& value) {
    Bytes bytes;
    put(bytes, nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), type});
    bytes.insert(bytes.end(), value.begin(), value.end());
    bytes.resize((bytes.size() + 3) / 4 * 4);
    return bytes;
}

// A listening socket of 127.0.0.1:8080, or of [::]:8080.
inet_diag_msg listener(std::uint8_t family = AF_INET) {
    inet_diag_msg body{};
    body.idiag_family = family;
    body.idiag_state = 10;
    body.id.idiag_sport = htons(8080);
    body.id.idiag_cookie[0] = 2;
    body.id.idiag_cookie[1] = 1;
    body.idiag_uid = 1000;
    body.idiag_inode = 4711;
    if (family == AF_INET) {
        body.id.idiag_src[0] = htonl(0x7f000001);
    }
    return body;
}

Bytes socket_message(const inet_diag_msg& body, const Bytes& attributes = {}) {
    Bytes bytes;
    put(bytes, body);
    bytes.insert(bytes.end(), attributes.begin(), attributes.end());
    return message(SOCK_DIAG_BY_FAMILY, bytes);
}

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

Bytes number(std::int32_t value) {
    Bytes bytes;
    put(bytes, value);
    return bytes;
}

Bytes done() {
    return message(NLMSG_DONE, number(0));
}

constexpr SockDiagContext kContext{
    .protocol = 6, .name_space = 5, .sequence = kSequence, .rows_max = 100};

TEST(SockDiag, ReadsWhatTheKernelTellsOfASocket) {
    const Bytes attributes = joined(
        {attribute(INET_DIAG_SHUTDOWN, {3}),
         attribute(INET_DIAG_SKV6ONLY, {1}),
         attribute(21, {9, 1, 0, 0, 0, 0, 0, 0})}
    );
    std::vector<SocketRow> rows;
    const DumpOutcome outcome = read_sock_diag(
        joined({socket_message(listener(AF_INET6), attributes), socket_message(listener()), done()}
        ),
        kContext,
        rows
    );
    EXPECT_EQ(outcome.state, DumpState::kDone);
    EXPECT_FALSE(outcome.interrupted);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].key.ip_version, 6);
    EXPECT_EQ(rows[0].key.protocol, 6);
    EXPECT_EQ(rows[0].key.local, IpAddress{});
    EXPECT_EQ(rows[0].key.local_port, 8080);
    EXPECT_EQ(rows[0].cookie, 0x100000002U);
    EXPECT_EQ(rows[0].cgroup_id, 265U);
    EXPECT_EQ(rows[0].inode, 4711U);
    EXPECT_EQ(rows[0].uid, 1000U);
    EXPECT_EQ(rows[0].name_space, 5U);
    EXPECT_EQ(rows[0].state, SocketState::kListen);
    EXPECT_TRUE(rows[0].v6_only);
    EXPECT_EQ(rows[1].key.ip_version, 4);
    EXPECT_EQ(rows[1].key.local.low, 0x7f000001U);
    EXPECT_EQ(rows[1].cgroup_id, 0U) << "that of another socket";
    EXPECT_FALSE(rows[1].v6_only) << "that of another socket";
}

TEST(SockDiag, GivesMappedAddressesAsIPv4) {
    inet_diag_msg body = listener(AF_INET6);
    body.idiag_state = 1;
    body.id.idiag_src[2] = body.id.idiag_dst[2] = htonl(0xffff);
    body.id.idiag_src[3] = htonl(0xc0000201);
    body.id.idiag_dst[3] = htonl(0xc0000202);
    body.id.idiag_dport = htons(4000);
    std::vector<SocketRow> rows;
    static_cast<void>(read_sock_diag(socket_message(body), kContext, rows));
    ASSERT_EQ(rows.size(), 1U);
    const SocketKey expected{
        .local = {.low = 0xc0000201},
        .remote = {.low = 0xc0000202},
        .local_port = 8080,
        .remote_port = 4000,
        .protocol = 6,
        .ip_version = 4};
    EXPECT_EQ(rows[0].key, expected);
}

TEST(SockDiag, TellsHowADumpEnded) {
    struct Ending {
        Bytes piece;
        DumpState state;
        int error;
    };
    nlmsghdr whole{};
    whole.nlmsg_len = 17;  // a byte more than there is
    whole.nlmsg_seq = kSequence;
    Bytes too_long;
    put(too_long, whole);
    whole.nlmsg_len = 15;
    Bytes too_short;
    put(too_short, whole);
    const std::array<Ending, 14> endings{{
        {{}, DumpState::kMore, 0},
        {socket_message(listener()), DumpState::kMore, 0},
        {done(), DumpState::kDone, 0},
        {message(NLMSG_DONE, {}), DumpState::kDone, 0},
        {message(NLMSG_DONE, number(-ENOENT)), DumpState::kRefused, ENOENT},
        {message(NLMSG_ERROR, number(-EPERM)), DumpState::kRefused, EPERM},
        {message(NLMSG_ERROR, number(0)), DumpState::kMore, 0},
        {message(NLMSG_ERROR, {}), DumpState::kBroken, 0},
        {message(NLMSG_ERROR, number(1)), DumpState::kBroken, 0},
        {message(NLMSG_ERROR, number(std::numeric_limits<std::int32_t>::min())),
         DumpState::kBroken,
         0},
        {message(NLMSG_OVERRUN, {}), DumpState::kBroken, 0},
        {too_long, DumpState::kBroken, 0},
        {too_short, DumpState::kBroken, 0},
        {Bytes(3), DumpState::kBroken, 0},
    }};
    for (std::size_t i = 0; i < endings.size(); ++i) {
        std::vector<SocketRow> rows;
        const DumpOutcome outcome = read_sock_diag(endings[i].piece, kContext, rows);
        EXPECT_EQ(outcome.state, endings[i].state) << i;
        EXPECT_EQ(outcome.error, endings[i].error) << i;
    }
}

TEST(SockDiag, SaysInconsistentWhenTheKernelDoes) {
    Bytes bytes;
    put(bytes, listener());
    const Bytes flagged = message(SOCK_DIAG_BY_FAMILY, bytes, NLM_F_MULTI | NLM_F_DUMP_INTR);
    std::vector<SocketRow> rows;
    EXPECT_TRUE(read_sock_diag(joined({flagged, done()}), kContext, rows).interrupted);
    EXPECT_EQ(rows.size(), 1U);
    EXPECT_TRUE(read_sock_diag(message(SOCK_DIAG_BY_FAMILY, Bytes(20)), kContext, rows).interrupted)
        << "a socket that is cut";
    EXPECT_EQ(rows.size(), 1U);
}

TEST(SockDiag, PassesOverAnswersToOtherRequests) {
    SockDiagContext other = kContext;
    other.sequence = kSequence + 1;
    std::vector<SocketRow> rows;
    const DumpOutcome outcome =
        read_sock_diag(joined({socket_message(listener()), done()}), other, rows);
    EXPECT_EQ(outcome.state, DumpState::kMore);
    EXPECT_TRUE(rows.empty());
}

TEST(SockDiag, StopsWhereThereIsNoRoom) {
    SockDiagContext small = kContext;
    small.rows_max = 1;
    std::vector<SocketRow> rows;
    const Bytes one = socket_message(listener());
    EXPECT_EQ(read_sock_diag(joined({one, one, done()}), small, rows).state, DumpState::kFull);
    EXPECT_EQ(rows.size(), 1U);
}

TEST(SockDiag, KeepsASocketWhoseAttributesAreDamaged) {
    for (const std::uint16_t length : std::array<std::uint16_t, 4>{0, 3, 5, 200}) {
        Bytes damaged;
        put(damaged, nlattr{length, 21});
        std::vector<SocketRow> rows;
        static_cast<void>(read_sock_diag(socket_message(listener(), damaged), kContext, rows));
        ASSERT_EQ(rows.size(), 1U) << length;
        EXPECT_EQ(rows[0].cgroup_id, 0U) << length;
    }
}

// Under the sanitizers: nothing outside of the piece is read, and it ends.
TEST(SockDiag, SurvivesAnyPiece) {
    const Bytes good = joined(
        {socket_message(listener(AF_INET6), attribute(21, Bytes(8, 1))),
         socket_message(listener()),
         done()}
    );
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same pieces each time
    for (int i = 0; i < 20'000; ++i) {
        Bytes piece = good;
        for (unsigned changes = random() % 8; changes > 0; --changes) {
            piece[random() % piece.size()] = static_cast<std::uint8_t>(random());
        }
        piece.resize(random() % (piece.size() + 1));
        piece.shrink_to_fit();
        std::vector<SocketRow> rows;
        static_cast<void>(read_sock_diag(piece, kContext, rows));
        ASSERT_LE(rows.size(), 2U);
    }
}

TEST(SockDiag, AsksForOneProtocolAndVersion) {
    const Bytes bytes =
        sock_diag_request({.protocol = 6, .is_ipv6 = true, .set = SockDiagSet::kNone}, 9);
    ASSERT_EQ(bytes.size(), sizeof(nlmsghdr) + sizeof(inet_diag_req_v2));
    nlmsghdr header{};
    inet_diag_req_v2 body{};
    std::memcpy(&header, bytes.data(), sizeof header);
    std::memcpy(&body, bytes.data() + sizeof header, sizeof body);
    EXPECT_EQ(header.nlmsg_len, bytes.size());
    EXPECT_EQ(header.nlmsg_seq, 9U);
    EXPECT_EQ(body.sdiag_family, AF_INET6);
    EXPECT_EQ(body.sdiag_protocol, 6);
    EXPECT_EQ(body.idiag_states, 0U);
}

}  // namespace
}  // namespace flowgauge::test
