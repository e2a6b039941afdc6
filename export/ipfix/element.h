// IpfixElement: one information element that flow records may have. The table of all elements is
// the only list of them: templates, RFC 5610 type records and the dictionaries under
// packaging/ipfix come from it.
#pragma once

#include "core/meter/meter_options.h"
#include "core/record/column.h"
#include "export/ipfix/ipfix_options.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// A place among the numbers of a record (export/ipfix/record_values.h). From kSourceIpv4 on they
// come in pairs, that of the forward direction first. IPv6 addresses take two places each.
enum class IpfixSlot : std::uint8_t {
    kFlowUid,
    kProtocol,
    kIpVersion,
    kVlan,
    kTunnel,
    kEndReason,
    kApplicationId,
    kGuessed,
    kConfidence,
    kInterface,
    kProcessId,      // of a process that is not known 0
    kPeerProcessId,  // as above
    kProcessUserId,  // of a user who is not known 2^32 - 1, which no user has
    kFirst,          // of both directions, as are all up to the pairs
    kLast,
    kMinSize,
    kMeanSize,
    kDeviationSize,
    kMaxSize,
    kMinGap,
    kMeanGap,
    kDeviationGap,
    kMaxGap,
    kSourceIpv4,
    kDestinationIpv4,
    kSourceIpv6High,
    kDestinationIpv6High,
    kSourceIpv6Low,
    kDestinationIpv6Low,
    kSourceMac,
    kDestinationMac,
    kSourcePort,
    kDestinationPort,
    kSourceProcessId,  // as kProcessId
    kDestinationProcessId,
    kSourceUserId,  // as kProcessUserId
    kDestinationUserId,
    kInitiator,  // biflowDirection of the forward record, and of the other
    kReverseInitiator,
    kRowFirst,
    kRowFirstReverse,
    kRowLast,
    kRowLastReverse,
    kPackets,
    kPacketsReverse,
    kIpOctets,
    kIpOctetsReverse,
    kFrameOctets,
    kFrameOctetsReverse,
    kAccountedOctets,  // by accounting_mode
    kAccountedOctetsReverse,
    kTcpFlags,
    kTcpFlagsReverse,
    kRowMinSize,
    kRowMinSizeReverse,
    kRowMeanSize,
    kRowMeanSizeReverse,
    kRowDeviationSize,
    kRowDeviationSizeReverse,
    kRowMaxSize,
    kRowMaxSizeReverse,
    kRowSizeSquares,
    kRowSizeSquaresReverse,
    kRowMinGap,
    kRowMinGapReverse,
    kRowMeanGap,
    kRowMeanGapReverse,
    kRowDeviationGap,
    kRowDeviationGapReverse,
    kRowMaxGap,
    kRowMaxGapReverse,
    kFlags,  // packets with each flag of kTcpFlagOrder, 8 pairs
    kFlagsEnd = kFlags + 16,
    kCount = kFlagsEnd,
    kNone = kCount,
};
constexpr std::size_t kIpfixSlotCount = static_cast<std::size_t>(IpfixSlot::kCount);

// What stands in the place of `slot` when the flow is looked at from its other end.
[[nodiscard]] constexpr IpfixSlot mirrored(IpfixSlot slot) noexcept {
    constexpr auto kPairs = static_cast<unsigned>(IpfixSlot::kSourceIpv4);
    const auto number = static_cast<unsigned>(slot);
    return number < kPairs ? slot : static_cast<IpfixSlot>(kPairs + ((number - kPairs) ^ 1U));
}

// Texts of a record.
enum class IpfixText : std::uint8_t {
    kApplicationName,
    kCategoryName,
    kHttpHost,       // of HTTP
    kTlsServerName,  // of TLS, DTLS and QUIC
    kServerName,     // of whatever protocol, as the column
    kUserAgent,
    kContentType,
    kClientFingerprint,
    kServerFingerprint,
    kAlpn,
    kTlsVersion,
    kRisks,
    kEndReason,
    kProcessName,
    kProcessExecutable,
    kCommandLine,
    kUserName,
    kControlGroup,
    kContainer,
    kUnit,
    kPeerProcessName,
    kMatch,
    kReason,
    kSourceProcessName,  // pairs from here on, as those of numbers
    kDestinationProcessName,
    kSourceContainer,
    kDestinationContainer,
    kSourceCommandLine,
    kDestinationCommandLine,
    kCount,
    kNone = kCount,
};
constexpr std::size_t kIpfixTextCount = static_cast<std::size_t>(IpfixText::kCount);

[[nodiscard]] constexpr IpfixText mirrored(IpfixText text) noexcept {
    constexpr auto kPairs = static_cast<unsigned>(IpfixText::kSourceProcessName);
    const auto number = static_cast<unsigned>(text);
    return number < kPairs ? text : static_cast<IpfixText>(kPairs + ((number - kPairs) ^ 1U));
}

// The early sequences.
enum class IpfixList : std::uint8_t {
    kDirections,        // 0 src2dst, 1 dst2src
    kSignedDirections,  // 1 src2dst, -1 dst2src (CESNET's)
    kSizes,
    kShortSizes,  // at most 65535 (CESNET's)
    kGaps,
    kTimes,  // milliseconds since 1970 (CESNET's)
    kNone,
};

// Abstract data types, with their numbers in RFC 5610 section 3.1 and RFC 6313. kTime stands for
// the dateTime of the time unit in use.
enum class IpfixType : std::uint8_t {
    kOctetArray = 0,
    kUnsigned8 = 1,
    kUnsigned16 = 2,
    kUnsigned32 = 3,
    kUnsigned64 = 4,
    kSigned8 = 5,
    kSigned64 = 8,
    kFloat64 = 10,
    kMacAddress = 12,
    kString = 13,
    kMilliseconds = 15,
    kMicroseconds = 16,
    kNanoseconds = 17,
    kIpv4Address = 18,
    kIpv6Address = 19,
    kBasicList = 20,
    kTime = 255,
};

// RFC 5610 sections 3.6 and 3.7.
enum class IpfixSemantics : std::uint8_t {
    kDefault = 0,
    kQuantity = 1,
    kTotalCounter = 2,
    kDeltaCounter = 3,
    kIdentifier = 4,
    kFlags = 5,
    kList = 6,
};
// kTicks stands for the time unit in use.
enum class IpfixUnits : std::uint16_t {
    kNone = 0,
    kOctets = 2,
    kPackets = 3,
    kMilliseconds = 6,
    kMicroseconds = 7,
    kNanoseconds = 8,
    kTicks = 65535,
};

constexpr std::uint16_t kVariableLength = 65535;
constexpr std::uint16_t kBasicListId = 291;
constexpr std::uint16_t kReverseBit = 0x4000;  // in ids of enterprise elements (CERT's convention)

// Foreign element of the same meaning and type.
struct IpfixForeign {
    std::uint32_t enterprise = 0;  // 0: there is none
    std::uint16_t id = 0;
};

// A row of the table. A name with "{unit}" stands for three elements, one a time unit: then `id`
// is that of milliseconds, and the others follow at `id_step`.
struct IpfixElement {
    std::string_view name;
    std::uint16_t id = 0;
    std::uint16_t id_step = 0;
    bool own = false;  // of our enterprise; else IANA's, but for a foreign enterprise below
    IpfixType type = IpfixType::kUnsigned64;
    std::uint16_t length = 0;  // on the wire; 0 for that of the type
    IpfixSemantics semantics = IpfixSemantics::kDefault;
    IpfixUnits units = IpfixUnits::kNone;

    // Exactly one of these three says where its value is.
    IpfixSlot slot = IpfixSlot::kNone;
    IpfixText text = IpfixText::kNone;
    IpfixList list = IpfixList::kNone;
    bool reversible = false;                    // it has a reverse element (RFC 5103)
    IpfixSlot reverse_slot = IpfixSlot::kNone;  // whose value is here; kNone: in the mirrored slot

    // When it is part of a template. Masks have a bit for each enumerator.
    IpfixProfile profile = IpfixProfile::kBasic;
    Presence presence = Presence::kAlways;
    std::uint8_t modes = 0xff;         // AccountingMode
    std::uint8_t biflows = 0xff;       // IpfixBiflow
    std::uint8_t vocabularies = 0xff;  // IpfixVocabulary
    bool interfaces = false;           // needs a table of interfaces

    IpfixForeign cesnet = {};
    IpfixForeign ntop = {};

    // Columns of the same value, "" for none: of the element, and of its reverse.
    std::string_view column = {};
    std::string_view reverse_column = {};
    std::string_view part_of = {};  // a column that it tells something of, without being its value
    std::string_view also_part_of = {};  // the same of another column
    std::string_view meaning = {};       // of elements of ours
};

[[nodiscard]] std::span<const IpfixElement> all_ipfix_elements() noexcept;

// An element as it is on the wire, for one time unit, vocabulary and enterprise number.
struct IpfixField {
    std::uint16_t id = 0;
    std::uint32_t enterprise = 0;  // 0: IANA
    std::uint16_t length = 0;
    friend bool operator==(const IpfixField&, const IpfixField&) = default;
};

// The element itself; of an early sequence, that of which the list is made.
[[nodiscard]] IpfixField field_of(
    const IpfixElement& element, const IpfixOptions& options, TimeUnit unit
) noexcept;

// Requires: it is reversible.
[[nodiscard]] IpfixField reverse_field_of(
    const IpfixElement& element, const IpfixOptions& options, TimeUnit unit
) noexcept;
[[nodiscard]] IpfixSlot reverse_slot_of(const IpfixElement& element) noexcept;

// "flowStartMilliseconds"; "fgMinPiatNanoseconds"; "reverseFgMeanPs".
[[nodiscard]] std::string name_of(const IpfixElement& element, TimeUnit unit);
[[nodiscard]] std::string reverse_name_of(const IpfixElement& element, TimeUnit unit);

[[nodiscard]] IpfixType type_of(const IpfixElement& element, TimeUnit unit) noexcept;
[[nodiscard]] IpfixUnits units_of(const IpfixElement& element, TimeUnit unit) noexcept;
[[nodiscard]] std::uint16_t length_of(IpfixType type) noexcept;

// Whether records with these options have it. Of addresses: in one of the two IP versions.
[[nodiscard]] bool is_present(
    const IpfixElement& element, const IpfixOptions& options, const MeterOptions& meter
);

// "unsigned64": the words of RFC 7011 section 6.1.
[[nodiscard]] std::string_view to_string(IpfixType type) noexcept;
[[nodiscard]] std::string_view to_string(IpfixSemantics semantics) noexcept;
[[nodiscard]] std::string_view to_string(IpfixUnits units) noexcept;

}  // namespace flowgauge
