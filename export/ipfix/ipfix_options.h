// What an operator may choose about IPFIX. Plain data with defaults; the configuration has a row
// for each.
#pragma once

#include "core/base/ip_address.h"
#include "export/ipfix/interface_table.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

// How much of a flow goes into its record; each holds the ones before.
enum class IpfixProfile : std::uint8_t {
    kBasic,     // key, times, counters, application number: about 110 bytes
    kExtended,  // and MAC addresses, frame octets, what dissection found as text
    kFull,      // and statistics, early sequences, all that the CSV columns say
};

// A flow as one record with reverse elements, or as one record a direction for collectors that
// ignore RFC 5103.
enum class IpfixBiflow : std::uint8_t { kRfc5103, kSplit };

// Whose elements stand for what IANA has none for. Where the one chosen has none of equal meaning
// either, those of our own enterprise number do; `iana` leaves such elements out.
enum class IpfixVocabulary : std::uint8_t { kOwn, kIana, kCesnet, kNtop };

constexpr std::uint32_t kExampleEnterprise = 32473;  // RFC 5612: for documentation
constexpr std::uint32_t kReverseEnterprise = 29305;  // RFC 5103 section 6.1

struct IpfixOptions {
    IpfixProfile profile = IpfixProfile::kExtended;
    IpfixBiflow biflow = IpfixBiflow::kRfc5103;
    IpfixVocabulary vocabulary = IpfixVocabulary::kOwn;
    std::uint32_t enterprise_number = kExampleEnterprise;
    std::uint32_t observation_domain = 1;

    // Bytes of a message at most, of 512 to 65535. Beyond 1400 only where nothing is a datagram.
    std::uint32_t message_size = 1400;

    std::uint16_t text_bytes_max = 255;  // of one text; cut where a character ends

    // Null, for files: there is no ingressInterface.
    std::shared_ptr<const InterfaceTable> interfaces;

    // For sinks that hide who it was: what stands for an address of version 4 or 6 (null: itself),
    // and names of columns whose elements are left out.
    std::function<IpAddress(const IpAddress& address, std::uint8_t version)> pseudonym;
    std::vector<std::string> hidden_columns;
};

}  // namespace flowgauge
