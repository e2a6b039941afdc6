#include "core/dpi/ndpi_module.h"

#include "core/base/utf8_text.h"

#include <ndpi/ndpi_api.h>
#include <ndpi/ndpi_main.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <new>

// Version switches. NDPI_API_VERSION is a commit count that does not grow with the release; these
// two do. Names and reasons: the API differences between 4.2 and 4.11.
#define FLOWGAUGE_NDPI_VERSION           (NDPI_MAJOR * 100 + NDPI_MINOR)
#define FLOWGAUGE_NDPI_CATEGORY_USERDATA (FLOWGAUGE_NDPI_VERSION >= 404)
#define FLOWGAUGE_NDPI_INPUT_INFO        (FLOWGAUGE_NDPI_VERSION >= 406)
#define FLOWGAUGE_NDPI_NEGOTIATED_ALPN   (FLOWGAUGE_NDPI_VERSION >= 406)
#define FLOWGAUGE_NDPI_GLOBAL_CONTEXT    (FLOWGAUGE_NDPI_VERSION >= 410)
#define FLOWGAUGE_NDPI_FINALIZE_INT      (FLOWGAUGE_NDPI_VERSION >= 410)
#define FLOWGAUGE_NDPI_GIVEUP_GUESSES    (FLOWGAUGE_NDPI_VERSION >= 410)
#define FLOWGAUGE_NDPI_NESTED_PROTOCOL   (FLOWGAUGE_NDPI_VERSION >= 411)
#if FLOWGAUGE_NDPI_VERSION < 402 || FLOWGAUGE_NDPI_VERSION > 411
#error                                                                                             \
    "nDPI 4.2 to 4.11 is needed; 5.0 changed the detection states and wants an adapter of its own"
#endif

namespace flowgauge {
namespace {

// Flows begin at cache lines.
constexpr std::size_t kFlowPlaceBytes = (sizeof(::ndpi_flow_struct) + 63) / 64 * 64;

// nDPI's loaders and its patricia trees keep static state: modules open and close one at a time.
std::mutex& module_mutex() {  // NOLINT(tree): start and end only
    static std::mutex mutex;  // NOLINT(tree)
    return mutex;
}

// Newer headers declare file arguments const, older ones do not.
char* mutable_path(const std::string& path) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): nDPI 4.2 only reads it
    return const_cast<char*>(path.c_str());
}

::ndpi_detection_module_struct* init_module() {
#if FLOWGAUGE_NDPI_GLOBAL_CONTEXT
    return ::ndpi_init_detection_module(nullptr);
#else
    return ::ndpi_init_detection_module(ndpi_no_prefs);
#endif
}

Result<void> load_files(::ndpi_detection_module_struct* module, const DissectionOptions& options) {
    if (!options.categories_file.empty()) {
#if FLOWGAUGE_NDPI_CATEGORY_USERDATA
        const int loaded =
            ::ndpi_load_categories_file(module, options.categories_file.c_str(), nullptr);
#else
        const int loaded = ::ndpi_load_categories_file(module, options.categories_file.c_str());
#endif
        if (loaded < 0) {
            return Error{
                ErrorKind::kUsage, "cannot read categories_file " + options.categories_file};
        }
    }
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ::ndpi_set_protocol_detection_bitmask2(module, &all);
    if (!options.protocols_file.empty() &&
        ::ndpi_load_protocols_file(module, mutable_path(options.protocols_file)) < 0) {
        return Error{ErrorKind::kUsage, "cannot read protocols_file " + options.protocols_file};
    }
    return {};
}

bool finalize(::ndpi_detection_module_struct* module) {
#if FLOWGAUGE_NDPI_FINALIZE_INT
    return ::ndpi_finalize_initialization(module) == 0;
#else
    ::ndpi_finalize_initialization(module);
    return true;
#endif
}

void store(const ::ndpi_protocol& found, Application& application) noexcept {
#if FLOWGAUGE_NDPI_NESTED_PROTOCOL
    application.master = found.proto.master_protocol;
    application.app = found.proto.app_protocol;
#else
    application.master = found.master_protocol;
    application.app = found.app_protocol;
#endif
    application.category = static_cast<std::uint16_t>(found.category);
}

Confidence confidence_of(::ndpi_confidence_t confidence) noexcept {
    switch (confidence) {
    case NDPI_CONFIDENCE_UNKNOWN:
        return Confidence::kUnknown;
    case NDPI_CONFIDENCE_MATCH_BY_PORT:
        return Confidence::kByPort;
#if FLOWGAUGE_NDPI_VERSION < 406 || FLOWGAUGE_NDPI_VERSION >= 408
    case NDPI_CONFIDENCE_MATCH_BY_IP:
        return Confidence::kByIp;
#endif
    case NDPI_CONFIDENCE_DPI_CACHE:
        return Confidence::kCache;
    case NDPI_CONFIDENCE_DPI:
        return Confidence::kDissected;
#if FLOWGAUGE_NDPI_VERSION >= 404
    case NDPI_CONFIDENCE_DPI_PARTIAL:
        return Confidence::kPartial;
    case NDPI_CONFIDENCE_DPI_PARTIAL_CACHE:
        return Confidence::kPartialCache;
#endif
#if FLOWGAUGE_NDPI_VERSION >= 406
    case NDPI_CONFIDENCE_NBPF:
        return Confidence::kNbpf;
#endif
    default:
        return Confidence::kUnknown;
    }
}

bool is_one_of(const Application& application, std::initializer_list<std::uint16_t> protocols) {
    return std::ranges::any_of(protocols, [&](std::uint16_t protocol) {
        return application.master == protocol || application.app == protocol;
    });
}

// Copies C text from the traffic, dropping bytes that are not UTF-8.
std::string utf8_text(const char* text) {
    std::string clean;
    std::string_view left(text == nullptr ? "" : text);
    while (!left.empty()) {
        const std::size_t good = count_utf8_bytes(left);
        clean += left.substr(0, good);
        left.remove_prefix(good);
        left.remove_prefix(left.empty() ? 0 : first_utf8_sequence(left).bytes);
    }
    return clean;
}

// nDPI 4.2 has one field: the client's offer, or the server's choice when it saw no offer.
const char* alpn_of(const ::ndpi_flow_struct* flow) noexcept {
#if FLOWGAUGE_NDPI_NEGOTIATED_ALPN
    return flow->protos.tls_quic.advertised_alpns != nullptr
               ? flow->protos.tls_quic.advertised_alpns
               : flow->protos.tls_quic.negotiated_alpn;
#else
    return flow->protos.tls_quic.alpn;
#endif
}

std::string tls_version_of(const ::ndpi_flow_struct* flow) {
    const std::uint16_t version = flow->protos.tls_quic.ssl_version;
    if (version == 0) {
        return {};
    }
    std::array<char, 32> text{};  // the longest, "TLSv1.3 (draft)", has 15
    std::uint8_t unknown = 0;
    return ::ndpi_ssl_version2str(text.data(), static_cast<int>(text.size()), version, &unknown);
}

// A port or an address says nothing about who wrote to the union: pointers in it are followed only
// when a dissector found TLS or QUIC, which is also when nDPI owns them.
bool is_dissected(const Application& application) noexcept {
    return application.confidence != Confidence::kUnknown &&
           application.confidence != Confidence::kByPort &&
           application.confidence != Confidence::kByIp;
}

// nDPI leaves it to its caller to look for attacks in the URL.
std::uint64_t risks_of(const ::ndpi_flow_struct* flow, const Application& application) noexcept {
    std::uint64_t risks = flow->risk;
    if (is_one_of(application, {NDPI_PROTOCOL_HTTP}) && flow->http.url != nullptr) {
        const ::ndpi_risk_enum found = ::ndpi_validate_url(flow->http.url);
        risks |= found == NDPI_NO_RISK ? 0 : std::uint64_t{1} << found;
    }
    return risks;
}

// `protos` is a union: a member may be read only when its protocol was found.
void read_fingerprints(
    const ::ndpi_flow_struct* flow, const Application& application, ApplicationMetadata& metadata
) {
    if (is_one_of(application, {NDPI_PROTOCOL_DHCP})) {
        metadata.client_fingerprint = utf8_text(flow->protos.dhcp.fingerprint);
    } else if (is_one_of(application, {NDPI_PROTOCOL_HTTP})) {
        metadata.user_agent = utf8_text(flow->http.user_agent);
        metadata.content_type = utf8_text(flow->http.content_type);
    } else if (is_one_of(application, {NDPI_PROTOCOL_SSH})) {
        metadata.client_fingerprint = utf8_text(flow->protos.ssh.hassh_client);
        metadata.server_fingerprint = utf8_text(flow->protos.ssh.hassh_server);
    } else if (is_one_of(
                   application,
                   {NDPI_PROTOCOL_TLS,
                    NDPI_PROTOCOL_DTLS,
                    NDPI_PROTOCOL_MAIL_SMTPS,
                    NDPI_PROTOCOL_MAIL_IMAPS,
                    NDPI_PROTOCOL_MAIL_POPS,
                    NDPI_PROTOCOL_QUIC}
               )) {
        metadata.client_fingerprint = utf8_text(flow->protos.tls_quic.ja3_client);
        metadata.server_fingerprint = utf8_text(flow->protos.tls_quic.ja3_server);
        metadata.user_agent = utf8_text(flow->http.user_agent);
        if (is_dissected(application)) {
            metadata.alpn = utf8_text(alpn_of(flow));
            metadata.tls_version = tls_version_of(flow);
        }
    }
}

bool is_empty(const ApplicationMetadata& metadata) noexcept {
    return metadata.requested_server_name.empty() && metadata.client_fingerprint.empty() &&
           metadata.server_fingerprint.empty() && metadata.user_agent.empty() &&
           metadata.content_type.empty() && metadata.alpn.empty() && metadata.tls_version.empty();
}

}  // namespace

void NdpiModule::Close::operator()(::ndpi_detection_module_struct* module) const noexcept {
    const std::scoped_lock lock(module_mutex());
    ::ndpi_exit_detection_module(module);
}

Result<NdpiModule> NdpiModule::open(const DissectionOptions& options) {
    if (::ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(::ndpi_flow_struct)) {
        return Error{
            ErrorKind::kSystem,
            "the nDPI library in use is not the one that flowgauge was built with"};
    }
    std::unique_lock lock(module_mutex());
    Handle module(init_module());
    if (module == nullptr) {
        lock.unlock();
        return Error{ErrorKind::kSystem, "nDPI cannot be initialised (out of memory?)"};
    }
    Result<void> loaded = load_files(module.get(), options);
    const bool ready = loaded && finalize(module.get());
    lock.unlock();  // closing a failed module takes it again
    if (!loaded) {
        return std::move(loaded).error().within("nDPI");
    }
    if (!ready) {
        return Error{ErrorKind::kSystem, "nDPI cannot finish its initialisation"};
    }
    try {
        return NdpiModule(std::move(module), options.flows_max);
    } catch (const std::bad_alloc&) {
        return Error{
            ErrorKind::kUsage,
            "dissection_flows_max: no addresses for " + std::to_string(options.flows_max) +
                " flows; lower it, or raise the limit of the address space (ulimit -v)"};
    }
}

NdpiModule::NdpiModule(Handle module, std::uint32_t flows_max)
    : module_(std::move(module)),
      flow_memory_(std::size_t{flows_max} * kFlowPlaceBytes, HugePages::kWanted),
      flows_max_(flows_max) {}

NdpiModule::Flow* NdpiModule::new_flow() noexcept {
    std::byte* place = free_flow_;
    if (place != nullptr) {
        std::memcpy(static_cast<void*>(&free_flow_), place, sizeof free_flow_);
    } else if (flows_fresh_ < flows_max_) {
        place = flow_memory_.data() + std::size_t{flows_fresh_++} * kFlowPlaceBytes;
    } else {
        return nullptr;
    }
    ++flows_in_use_;
    std::memset(place, 0, SIZEOF_FLOW_STRUCT);
    return reinterpret_cast<Flow*>(place);
}

void NdpiModule::free_flow(Flow* flow) noexcept {
    ::ndpi_free_flow_data(flow);  // what hangs on the flow
    auto* place = reinterpret_cast<std::byte*>(flow);
    std::memcpy(place, static_cast<const void*>(&free_flow_), sizeof free_flow_);
    free_flow_ = place;
    if (--flows_in_use_ == 0 && flows_fresh_ * kFlowPlaceBytes > ReservedMemory::kUnitBytes) {
        flow_memory_.give_back(0, flows_fresh_ * kFlowPlaceBytes);
        flows_fresh_ = 0;
        free_flow_ = nullptr;
    }
}

// nDPI 4.2 crashes on UDP without payload in a QUIC flow, on TCP headers that end early, and on a
// packet of another protocol than the flow's. "Data offset >= 5" is not asked for: nDPI reads such
// segments within bounds and names two of its own test captures by them.
bool NdpiModule::admits(
    std::span<const std::uint8_t> ip, std::uint8_t ip_version, std::uint8_t protocol
) noexcept {
    const auto be16 = [&](std::size_t at) {
        return (unsigned{ip[at]} << 8) | ip[at + 1];
    };
    if (ip.size() < 20 || ip.size() > 65535 || (ip[0] >> 4) != ip_version) {
        return false;
    }
    std::size_t header = 0;
    std::size_t length = 0;
    std::uint8_t seen = 0;
    if (ip_version == 4) {
        const std::size_t total = be16(2);
        header = static_cast<std::size_t>(ip[0] & 0x0f) * 4;
        if (header < 20 || total < header || total > ip.size() || (be16(6) & 0x1fff) != 0) {
            return false;
        }
        seen = ip[9];
        length = total - header;
    } else {
        if (ip.size() < 40) {
            return false;
        }
        const std::uint8_t* payload = ip.data() + 40;
        auto left = static_cast<std::uint16_t>(be16(4));
        seen = ip[6];
        const auto captured = static_cast<std::uint16_t>(ip.size() - 40);
        if (::ndpi_handle_ipv6_extension_headers(captured, &payload, &left, &seen) != 0) {
            return false;
        }
        header = static_cast<std::size_t>(payload - ip.data());
        length = left;
        if (header + length > ip.size()) {
            return false;
        }
    }
    if (seen != protocol) {
        return false;
    }
    if (protocol == IPPROTO_UDP) {
        return length > 8;
    }
    if (protocol == IPPROTO_TCP) {
        return length >= 20 && static_cast<std::size_t>(ip[header + 12] >> 4) * 4 <= length;
    }
    return true;
}

void NdpiModule::process(
    Flow* flow,
    std::span<const std::uint8_t> ip,
    std::uint64_t milliseconds,
    Application& application
) const noexcept {
    const auto length =
        static_cast<unsigned short>(ip.size());  // NOLINT(google-runtime-int): nDPI's
#if FLOWGAUGE_NDPI_INPUT_INFO
    ::ndpi_flow_input_info info{};
    store(
        ::ndpi_detection_process_packet(
            module_.get(), flow, ip.data(), length, milliseconds, &info
        ),
        application
    );
#else
    store(
        ::ndpi_detection_process_packet(module_.get(), flow, ip.data(), length, milliseconds),
        application
    );
#endif
}

bool NdpiModule::wants_more(Flow* flow) const noexcept {
    return ::ndpi_extra_dissection_possible(module_.get(), flow) != 0;
}

void NdpiModule::give_up(Flow* flow, bool guess, Application& application) const noexcept {
    std::uint8_t guessed = 0;
#if FLOWGAUGE_NDPI_GIVEUP_GUESSES
    static_cast<void>(guess);
    store(::ndpi_detection_giveup(module_.get(), flow, &guessed), application);
#else
    store(::ndpi_detection_giveup(module_.get(), flow, guess ? 1 : 0, &guessed), application);
#endif
    application.guessed = guessed != 0;
}

void NdpiModule::harvest(const Flow* flow, Application& application) {
    application.confidence = confidence_of(flow->confidence);
    application.risks = risks_of(flow, application);
    ApplicationMetadata metadata;
    metadata.requested_server_name = utf8_text(flow->host_server_name);
    read_fingerprints(flow, application, metadata);
    application.metadata =
        is_empty(metadata) ? nullptr : std::make_unique<ApplicationMetadata>(std::move(metadata));
}

std::shared_ptr<const ApplicationNames> NdpiModule::names() const {  // NOLINT(tree)
    std::vector<std::string> protocols;
    const unsigned count = ::ndpi_get_ndpi_num_supported_protocols(module_.get());
    for (unsigned id = 0; id < count; ++id) {
        const char* name = ::ndpi_get_proto_name(module_.get(), static_cast<std::uint16_t>(id));
        protocols.emplace_back(name == nullptr ? "Unknown" : name);
    }
    std::vector<std::string> categories;
    for (int id = 0; id < NDPI_PROTOCOL_NUM_CATEGORIES; ++id) {
        const char* name =
            ::ndpi_category_get_name(module_.get(), static_cast<::ndpi_protocol_category_t>(id));
        categories.emplace_back(name == nullptr ? "" : name);
    }
    std::vector<std::string> risks{""};  // NDPI_NO_RISK
    for (int risk = 1; risk < NDPI_MAX_RISK; ++risk) {
        const char* name = ::ndpi_risk2str(static_cast<::ndpi_risk_enum>(risk));
        risks.emplace_back(name == nullptr ? "" : name);
    }
    return std::make_shared<const ApplicationNames>(
        std::move(protocols), std::move(categories), std::move(risks)
    );
}

std::string NdpiModule::version() {
    return ::ndpi_revision();
}

}  // namespace flowgauge
