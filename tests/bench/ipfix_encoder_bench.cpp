// One flow as an IPFIX record with all that there is to say, by our encoder and by libfixbuf, from
// the same values and with the same template. Ratios mean something within one run.
#include "export/ipfix/ipfix_encoder.h"

#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <benchmark/benchmark.h>
#ifdef FLOWGAUGE_FIXBUF
#include <fixbuf/public.h>
#endif

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

MeterOptions meter_of(std::uint16_t splt_analysis = 0) {
    MeterOptions meter;
    meter.statistical_analysis = true;
    meter.layer_octets = true;
    meter.splt_analysis = splt_analysis;
    return meter;
}

IpfixOptions options_of(IpfixProfile profile) {
    IpfixOptions options;
    options.profile = profile;
    return options;
}

std::shared_ptr<const ApplicationNames> sample_names() {
    return std::make_shared<const ApplicationNames>(
        std::vector<std::string>{"Unknown", "TLS", "HTTP", "Google"},
        std::vector<std::string>{"Unspecified", "Web"},
        std::vector<std::string>{"", "XSS", "SQL"}
    );
}

std::unique_ptr<test::MadeRecord> sample_record(const MeterOptions& meter) {
    std::vector<Packet> packets;
    for (Tick i = 0; i < 40; ++i) {
        const bool forward = i % 3 != 1;
        packets.push_back(test::tcp_packet(
            forward ? "192.168.178.20:54321" : "203.0.113.77:443",
            forward ? "203.0.113.77:443" : "192.168.178.20:54321",
            {.tick = 1'700'000'000'000 + 13 * i,
             .bytes = static_cast<std::uint32_t>(60 + 37 * i),
             .tcp_flags = static_cast<std::uint8_t>(i < 2 ? 0x02 : 0x18)}
        ));
    }
    auto record = std::make_unique<test::MadeRecord>(meter, packets);
    Application& application = record->application();
    application.master = 1;
    application.app = 3;
    application.category = 1;
    application.confidence = Confidence::kDissected;
    application.metadata = std::make_unique<ApplicationMetadata>();
    application.metadata->requested_server_name = "fonts.googleapis.example";
    application.metadata->client_fingerprint = "e7d705a3286e19ea42f587b344ee6865";
    application.metadata->alpn = "h2,http/1.1";
    application.metadata->tls_version = "TLSv1.3";
    return record;
}

void ipfix_encode(benchmark::State& state, IpfixProfile profile, std::uint16_t splt_analysis) {
    const MeterOptions meter = meter_of(splt_analysis);
    auto encoder =
        std::move(IpfixEncoder::open(options_of(profile), meter, sample_names())).value();
    const auto record = sample_record(meter);
    const RecordContext context = test::context_of(meter, sample_names());
    const RecordView view = record->view(context);
    Block out;
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(encoder->encode(view, out));
        if (out.bytes.size() > 60'000) {
            encoder->end_unit(out);
            benchmark::DoNotOptimize(out.bytes.data());
            out.clear();
        }
    }
    state.SetItemsProcessed(state.iterations());
}

// What both ways have in common: the values of the record.
void ipfix_values(benchmark::State& state) {
    const MeterOptions meter = meter_of();
    const auto names = sample_names();
    IpfixRecordReader reader(options_of(IpfixProfile::kFull), meter, names.get());
    const auto record = sample_record(meter);
    const RecordContext context = test::context_of(meter, names);
    IpfixValues values;
    for ([[maybe_unused]] auto _ : state) {
        reader.read(record->view(context), values);
        benchmark::DoNotOptimize(values);
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(ipfix_encode, basic, IpfixProfile::kBasic, 0);
BENCHMARK_CAPTURE(ipfix_encode, extended, IpfixProfile::kExtended, 0);
BENCHMARK_CAPTURE(ipfix_encode, full, IpfixProfile::kFull, 0);
BENCHMARK_CAPTURE(ipfix_encode, full_sequence, IpfixProfile::kFull, 20);
BENCHMARK(ipfix_values);

#ifdef FLOWGAUGE_FIXBUF

// Our template in libfixbuf's words: numbers where our values have them, texts as fbVarfield_t.
class FixbufExport {
public:
    explicit FixbufExport(const IpfixTemplate& layout)
        : layout_(layout),
          model_(fbInfoModelAlloc()) {
        GError* error = nullptr;
        std::vector<fbInfoElementSpec_t> specs;
        for (std::size_t i = 0; i < layout.fields.size(); ++i) {
            add_element(layout.fields[i], layout.names[i]);
        }
        for (std::size_t i = 0; i < layout.fields.size(); ++i) {
            fbInfoElementSpec_t spec{};
            spec.name = names_[i].data();
            spec.len_override = layout.fields[i].length == kVariableLength
                                    ? std::uint16_t{0}
                                    : layout.fields[i].length;
            specs.push_back(spec);
        }
        specs.push_back(fbInfoElementSpec_t{});
        template_ = fbTemplateAlloc(model_);
        fbTemplateAppendSpecArray(template_, specs.data(), 0xffffffff, &error);
        fbSession_t* session = fbSessionAlloc(model_);
        fbSessionAddTemplate(session, TRUE, layout.id, template_, &error);
        fbSessionAddTemplate(session, FALSE, layout.id, template_, &error);
        fbExporter_t* exporter = fbExporterAllocBuffer(memory_.data(), kMessageBytes);
        buffer_ = fBufAllocForExport(session, exporter);
        failed_ = fBufSetInternalTemplate(buffer_, layout.id, &error) == 0 ||
                  fBufSetExportTemplate(buffer_, layout.id, &error) == 0;
        fBufSetAutomaticMode(buffer_, TRUE);
        record_.resize(2048);
    }
    ~FixbufExport() {
        fBufFree(buffer_);
        fbInfoModelFree(model_);
    }
    FixbufExport(const FixbufExport&) = delete;
    FixbufExport& operator=(const FixbufExport&) = delete;

    [[nodiscard]] bool failed() const { return failed_; }

    // Returns whether libfixbuf took it.
    bool append(const IpfixValues& values) {
        std::uint8_t* at = record_.data();
        for (const IpfixWord& word : layout_.words) {
            const std::uint64_t value = values.words[static_cast<std::size_t>(word.slot)];
            std::memcpy(at, &value, word.bytes);  // in host order; MAC addresses stay mirrored
            at += word.bytes;
        }
        for (const IpfixText text : layout_.texts) {
            const std::string_view value = values.texts[static_cast<std::size_t>(text)];
            fbVarfield_t field{};
            field.len = value.size();
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): libfixbuf only reads it
            field.buf = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
            std::memcpy(at, &field, sizeof field);
            at += sizeof field;
        }
        GError* error = nullptr;
        const auto bytes = static_cast<std::size_t>(at - record_.data());
        return fBufAppend(buffer_, record_.data(), bytes, &error) != 0;
    }

private:
    static constexpr std::uint16_t kMessageBytes = 1400;

    // Texts of IANA's and of ours, and what a standard model lacks, get names of their own.
    void add_element(const IpfixField& field, const std::string& name) {
        names_.push_back(name + "_");
        fbInfoElement_t element{};
        element.ref.name = names_.back().c_str();
        element.ent = field.enterprise + 1;  // one that libfixbuf has no idea of
        element.num = field.id;
        element.len = field.length;
        element.flags = field.length == kVariableLength ? 0 : FB_IE_F_ENDIAN;
        fbInfoModelAddElement(model_, &element);
    }

    const IpfixTemplate& layout_;
    fbInfoModel_t* model_;
    fbTemplate_t* template_ = nullptr;
    fBuf_t* buffer_ = nullptr;
    std::vector<std::string> names_ = reserved_names();
    std::vector<std::uint8_t> record_;
    std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(65536);
    bool failed_ = false;

    // They are pointed to.
    static std::vector<std::string> reserved_names() {
        std::vector<std::string> names;
        names.reserve(256);
        return names;
    }
};

void fixbuf_encode(benchmark::State& state, IpfixProfile profile) {
    const MeterOptions meter = meter_of();
    const auto names = sample_names();
    auto encoder = std::move(IpfixEncoder::open(options_of(profile), meter, names)).value();
    IpfixRecordReader reader(options_of(profile), meter, names.get());
    const auto record = sample_record(meter);
    const RecordContext context = test::context_of(meter, names);
    FixbufExport exporter(encoder->templates().front());
    IpfixValues values;
    for ([[maybe_unused]] auto _ : state) {
        reader.read(record->view(context), values);
        if (exporter.failed() || !exporter.append(values)) {
            state.SkipWithError("libfixbuf refused");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(fixbuf_encode, basic, IpfixProfile::kBasic);
BENCHMARK_CAPTURE(fixbuf_encode, extended, IpfixProfile::kExtended);
BENCHMARK_CAPTURE(fixbuf_encode, full, IpfixProfile::kFull);

#endif

}  // namespace
}  // namespace flowgauge
