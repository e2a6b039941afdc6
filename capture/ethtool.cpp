#include "capture/ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

// The kernel has 64 features; more than this is no answer.
constexpr std::uint32_t kFeaturesMax = 4096;

constexpr std::uint32_t kWordBits = 32;

std::string text_at(const char* characters, std::size_t size) {
    return {characters, ::strnlen(characters, size)};
}

// `ethtool -K`'s name of a kernel feature that falsifies sizes, or empty.
// NETIF_F_GSO_SOFTWARE and the rest that only matter with tunnels of this host come with gso.
std::string_view falsifying_name(std::string_view feature) noexcept {
    struct Name {
        std::string_view feature;
        std::string_view name;
    };
    constexpr std::array kNames = {
        Name{"rx-gro", "gro"},
        Name{"rx-lro", "lro"},
        Name{"tx-tcp-segmentation", "tso"},
        Name{"tx-tcp-ecn-segmentation", "tso"},
        Name{"tx-tcp-mangleid-segmentation", "tso"},
        Name{"tx-tcp6-segmentation", "tso"},
        Name{"tx-generic-segmentation", "gso"},
        Name{"rx-gro-hw", "rx-gro-hw"},
        Name{"rx-gro-list", "rx-gro-list"},
        Name{"rx-udp-gro-forwarding", "rx-udp-gro-forwarding"},
        Name{"tx-udp-segmentation", "tx-udp-segmentation"},
        Name{"tx-udp-fragmentation", "ufo"},
    };
    const auto* const found = std::ranges::find(kNames, feature, &Name::feature);
    return found == kNames.end() ? std::string_view() : found->name;
}

}  // namespace

Ethtool::Ethtool(std::string interface)
    : interface_(std::move(interface)),
      socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

bool Ethtool::ask(void* question) const noexcept {
    if (!socket_ || interface_.size() >= IFNAMSIZ) {
        return false;
    }
    ifreq request{};
    interface_.copy(request.ifr_name, IFNAMSIZ - 1);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): ifreq is a union of the C API
    request.ifr_data = static_cast<char*>(question);
    return ::ioctl(socket_.get(), SIOCETHTOOL, &request) == 0;
}

std::string Ethtool::driver() const {
    ethtool_drvinfo answer{};
    answer.cmd = ETHTOOL_GDRVINFO;
    return ask(&answer) ? text_at(answer.driver, sizeof(answer.driver)) : "";
}

std::optional<std::uint32_t> Ethtool::speed() const {
    // The head is followed by three masks, of a length that the kernel tells when it is asked with
    // a wrong one (<linux/ethtool.h>, ethtool_link_settings).
    constexpr std::size_t kHeadWords = sizeof(ethtool_link_settings) / sizeof(std::uint32_t);
    constexpr std::size_t kMaskWordsMax = 127;
    std::vector<std::uint32_t> words(kHeadWords + 3 * kMaskWordsMax);
    ethtool_link_settings head{};
    for (int i = 0; i < 2; ++i) {
        head.cmd = ETHTOOL_GLINKSETTINGS;
        std::memcpy(words.data(), &head, sizeof(head));
        if (!ask(words)) {
            return std::nullopt;
        }
        std::memcpy(&head, words.data(), sizeof(head));
        if (head.link_mode_masks_nwords >= 0) {
            const bool is_known = head.speed != 0 && head.speed <= INT32_MAX;
            return is_known ? std::optional(head.speed) : std::nullopt;
        }
        const std::int8_t refused = head.link_mode_masks_nwords;
        head = {};
        head.link_mode_masks_nwords = static_cast<std::int8_t>(-refused);
    }
    return std::nullopt;
}

std::optional<std::uint32_t> Ethtool::receive_queues() const {
    ethtool_channels answer{};
    answer.cmd = ETHTOOL_GCHANNELS;
    if (!ask(&answer) || answer.rx_count + answer.combined_count == 0) {
        return std::nullopt;
    }
    return answer.rx_count + answer.combined_count;
}

std::uint32_t Ethtool::feature_count() const {
    // ethtool_sset_info and one number.
    constexpr std::size_t kHeadWords = sizeof(ethtool_sset_info) / sizeof(std::uint32_t);
    std::array<std::uint32_t, kHeadWords + 1> words{};
    ethtool_sset_info head{};
    head.cmd = ETHTOOL_GSSET_INFO;
    head.sset_mask = std::uint64_t{1} << ETH_SS_FEATURES;
    std::memcpy(words.data(), &head, sizeof(head));
    return ask(words) ? std::min(words[kHeadWords], kFeaturesMax) : 0;
}

std::vector<std::string> Ethtool::active_features() const {
    const std::uint32_t count = feature_count();
    const std::uint32_t blocks = (count + kWordBits - 1) / kWordBits;

    // ethtool_gstrings: three words, then names of 32 bytes.
    constexpr std::size_t kNamesAt = 3;
    constexpr std::size_t kNameWords = ETH_GSTRING_LEN / sizeof(std::uint32_t);
    std::vector<std::uint32_t> names(kNamesAt + count * kNameWords);
    names[0] = ETHTOOL_GSTRINGS;
    names[1] = ETH_SS_FEATURES;
    names[2] = count;

    // ethtool_gfeatures: two words, then four for every 32 features, the third of which says what
    // is on.
    constexpr std::size_t kStatesAt = 2;
    constexpr std::size_t kStateWords = 4;
    constexpr std::size_t kActiveWord = 2;
    std::vector<std::uint32_t> states(kStatesAt + blocks * kStateWords);
    states[0] = ETHTOOL_GFEATURES;
    states[1] = blocks;
    if (count == 0 || !ask(names) || !ask(states)) {
        return {};
    }
    std::vector<std::string> active;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t state =
            states[kStatesAt + i / kWordBits * kStateWords + kActiveWord] >> i % kWordBits;
        if ((state & 1) != 0) {
            const void* const name = &names[kNamesAt + i * kNameWords];
            active.push_back(text_at(static_cast<const char*>(name), ETH_GSTRING_LEN));
        }
    }
    return active;
}

std::vector<std::string> size_falsifying(std::span<const std::string> features) {
    std::vector<std::string> offloads;
    for (const std::string& feature : features) {
        const std::string_view name = falsifying_name(feature);
        if (!name.empty() && std::ranges::find(offloads, name) == offloads.end()) {
            offloads.emplace_back(name);
        }
    }
    return offloads;
}

}  // namespace flowgauge
