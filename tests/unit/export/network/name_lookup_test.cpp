#include "export/network/name_lookup.h"

#include "export/network/peer_dialer.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <poll.h>

#include <future>
#include <memory>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

CollectorAddress address_of(const std::string& text) {
    return parse_collector_address(text).value();
}

// A name server that answers when the test says so.
struct SlowResolver {
    std::promise<void> go;
    std::shared_ptr<std::atomic<int>> questions = std::make_shared<std::atomic<int>>(0);

    ResolveHost resolve() {
        return [gone = go.get_future().share(), asked = questions](
                   const CollectorAddress& /*address*/, int /*type*/
               ) -> Result<SocketAddresses> {
            ++*asked;
            gone.wait();
            return SocketAddresses(2);
        };
    }
};

TEST(NameLookup, AnswersAtOnceForNumbersAndPaths) {
    NameLookup lookup([](const CollectorAddress&, int) -> Result<SocketAddresses> {
        return Error{ErrorKind::kOutput, "asked"};
    });
    for (const auto& [text, family] :
         {std::pair("127.0.0.1:4739", AF_INET),
          std::pair("[::1]:4739", AF_INET6),
          std::pair("unix:/x", AF_UNIX)}) {
        lookup.begin(address_of(text), SOCK_STREAM);
        EXPECT_EQ(lookup.descriptor(), -1);
        std::optional<Result<SocketAddresses>> answer = lookup.take();
        ASSERT_TRUE(answer && *answer) << text;
        ASSERT_EQ(answer->value().size(), 1U);
        EXPECT_EQ(answer->value()[0].family(), family);
        EXPECT_FALSE(lookup.take());
    }
}

TEST(NameLookup, DoesNotWaitAndAsksOnce) {
    SlowResolver resolver;
    NameLookup lookup(resolver.resolve());
    lookup.begin(address_of("collector:4739"), SOCK_STREAM);
    EXPECT_FALSE(lookup.take());
    lookup.begin(address_of("collector:4739"), SOCK_STREAM);
    EXPECT_FALSE(lookup.take());
    resolver.go.set_value();
    pollfd ready{.fd = lookup.descriptor(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&ready, 1, 60'000), 1);
    std::optional<Result<SocketAddresses>> answer = lookup.take();
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ(answer->value().size(), 2U);
    EXPECT_EQ(*resolver.questions, 1);
}

TEST(NameLookup, MayGoWhileAQuestionIsOpen) {
    SlowResolver resolver;
    {
        NameLookup lookup(resolver.resolve());
        lookup.begin(address_of("collector:4739"), SOCK_STREAM);
    }
    resolver.go.set_value();
}

// Names that need no name server: one of the hosts file, and one that cannot be asked for.
TEST(NameLookup, KnowsTheHostsFileAndSaysWhatIsUnknown) {
    for (const auto& [text, is_known] :
         {std::pair("localhost:4739", true), std::pair("no..name:4739", false)}) {
        NameLookup lookup;
        lookup.begin(address_of(text), SOCK_STREAM);
        pollfd ready{.fd = lookup.descriptor(), .events = POLLIN, .revents = 0};
        EXPECT_EQ(::poll(&ready, 1, 60'000), 1);
        std::optional<Result<SocketAddresses>> answer = lookup.take();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->has_value(), is_known) << text;
        if (!is_known) {
            EXPECT_TRUE(answer->error().message.starts_with("no..name: "));
        }
    }
}

TEST(PeerDialer, GivesUpOnASilentNameServerAndAsksItOnce) {
    SlowResolver resolver;
    PeerDialer::Options options;
    options.address = address_of("collector:4739");
    options.socket_type = SOCK_STREAM;
    options.resolve = resolver.resolve();
    PeerDialer dialer(options);
    SteadyTime now(1h);
    EXPECT_FALSE(dialer.next(now));
    EXPECT_FALSE(dialer.take_failure());
    EXPECT_FALSE(dialer.next(now + 10s));
    EXPECT_EQ(
        dialer.take_failure().value_or(""), "collector: no answer from the name server in 10 s"
    );
    EXPECT_EQ(dialer.failures(), 1U);
    EXPECT_FALSE(dialer.next(now + 11s));
    EXPECT_FALSE(dialer.next(now + 22s));
    EXPECT_EQ(dialer.failures(), 2U);
    EXPECT_LE(*resolver.questions, 1);
    resolver.go.set_value();
}

TEST(PeerDialer, TriesEachAddressAndThenWaitsLongerEachTime) {
    PeerDialer::Options options;
    options.address = address_of("127.0.0.1:4739");
    options.socket_type = SOCK_STREAM;
    PeerDialer dialer(options);
    SteadyTime now(1h);
    std::chrono::nanoseconds before{0};
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(dialer.next(now));
        EXPECT_FALSE(dialer.next(now)) << "one attempt at a time";
        dialer.failed(now, "refused");
        EXPECT_EQ(dialer.take_failure().value_or(""), "refused");
        EXPECT_FALSE(dialer.next(now));
        TransportWait wait;
        dialer.prepare_wait(wait);
        ASSERT_TRUE(wait.deadline);
        EXPECT_GT(*wait.deadline - now, before);
        before = (*wait.deadline - now) * 3 / 4;
        now = *wait.deadline;
    }
}

TEST(PeerDialer, StartsAfreshOnlyAfterAConnectionThatLasted) {
    PeerDialer::Options options;
    options.address = address_of("127.0.0.1:4739");
    options.socket_type = SOCK_STREAM;
    PeerDialer dialer(options);
    SteadyTime now(1h);
    const auto connect_for = [&](std::chrono::seconds time) {
        EXPECT_TRUE(dialer.next(now));
        dialer.connected(now);
        now += time;
        dialer.lost(now);
        TransportWait wait;
        dialer.prepare_wait(wait);
        const auto pause = *wait.deadline - now;
        now = *wait.deadline;
        return pause;
    };
    connect_for(1s);
    connect_for(1s);
    connect_for(1s);
    EXPECT_GT(connect_for(1s), 1s);
    EXPECT_EQ(dialer.failures(), 4U);
    EXPECT_LE(connect_for(10s), 500ms);
    EXPECT_EQ(dialer.failures(), 4U);
}

}  // namespace
}  // namespace flowgauge
