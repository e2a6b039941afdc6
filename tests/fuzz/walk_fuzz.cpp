// walk_fuzz: the whole way of a packet, from the bytes of a capture file to the text of a record.
//
// The input is two bytes of options (Options) and a capture file. Beside what the sanitizers see,
// the laws are checked: frames = packets in flows + rejections, packets in records = packets in
// flows, each frame packet or rejected and never both, and rows that are well-formed lines.
#include "capture/capture_file.h"
#include "core/base/file_descriptor.h"
#include "core/dpi/dissection_observer.h"
#include "core/dpi/ndpi_module.h"
#include "core/flow/early_sequence.h"
#include "core/flow/flow_statistics.h"
#include "core/flow/observed_shard.h"
#include "core/flow/packet_clock.h"
#include "core/flow/record_outlet.h"
#include "core/meter/meter_options.h"
#include "core/meter/record_layout.h"
#include "core/packet/intake.h"
#include "core/record/column.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_encoder.h"
#include "tests/support/frame_ledger.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using Chain = ObserverChain<StatisticsObserver, SequenceObserver, DissectionObserver>;
using Shard = ObservedShard<Chain>;

void require(bool holds, const char* law) {
    if (!holds) {
        static_cast<void>(std::fprintf(stderr, "broken: %s\n", law));
        std::abort();
    }
}

// What the first two bytes of an input choose.
struct Options {
    MeterOptions meter;
    std::uint64_t max_flows = 0;
    CsvDialect dialect = CsvDialect::kRfc4180;
};

Options options_of(std::uint8_t first, std::uint8_t second) {
    Options options;
    MeterOptions& meter = options.meter;
    meter.decode.fragments =
        (first & 1) != 0 ? FragmentPolicy::kFirstOnly : FragmentPolicy::kReassemble;
    const int unit = (first >> 4) & 3;
    // All tunnels but where the fourth unit, which is the first one again, asks for NFStream's.
    const TunnelSet opened = unit == 3 ? TunnelSet::kNfstream : TunnelSet::kAll;
    meter.decode.decode_tunnels = (first & 2) != 0 ? TunnelSet::kNone : opened;
    meter.decode.minimum_frame_bytes = (first & 4) != 0 ? 28 : 0;
    meter.decode.require_whole_datagram = (first & 8) != 0;
    meter.decode.reassembly_memory = (second & 1) != 0 ? 4096 : 65536;
    constexpr TimeUnit kUnits[] = {
        TimeUnit::kMilliseconds,
        TimeUnit::kMicroseconds,
        TimeUnit::kNanoseconds,
        TimeUnit::kMilliseconds};
    meter.flow.time_unit = kUnits[unit];
    meter.flow.accounting_mode = static_cast<AccountingMode>(first >> 6);
    meter.flow.idle_timeout = std::chrono::seconds(2);
    meter.flow.active_timeout = std::chrono::seconds(5);
    if ((second & 32) != 0) {
        meter.decode.fragments = FragmentPolicy::kIgnore;
    }
    // Which fragments count says nothing where all are ignored. A flow that outlives its connection
    // must not be idle before.
    if ((first & 1) != 0 && (second & 32) != 0) {
        meter.flow.end_on_tcp = EndOnTcp::kFinRst;
        meter.flow.idle_timeout = std::chrono::seconds(10);
        meter.flow.active_timeout = std::chrono::seconds(20);
    }
    meter.decode.check_ether_type = (second & 64) == 0;
    meter.dissection.flows_max = (second & 2) != 0 ? 2 : 64;
    meter.statistical_analysis = true;
    meter.splt_analysis = (second & 4) != 0 ? 1 : 7;
    options.max_flows = (second & 8) != 0 ? 2 : 32;
    options.dialect = (second & 16) != 0 ? CsvDialect::kNfstream : CsvDialect::kRfc4180;
    return options;
}

// nDPI takes 20 ms to start, so all inputs share its caches; the time of each begins anew.
NdpiModule& shared_module() {
    static NdpiModule module = [] {
        Result<NdpiModule> opened = NdpiModule::open({});
        require(opened.has_value(), "nDPI starts");
        return std::move(opened).value();
    }();
    return module;
}

// Encodes records as they come and gives them back when the shard has moved on.
class EncodingOutlet final : public RecordOutlet {
public:
    explicit EncodingOutlet(const Options& options)
        : rfc4180_(options.dialect == CsvDialect::kRfc4180) {
        const TimeUnit unit = options.meter.flow.time_unit;
        context_ = {
            .layout = layout_of(options.meter),
            .time_unit = unit,
            .splt_analysis = options.meter.splt_analysis,
            .application_names = shared_module().names()};
        Result<std::vector<const Column*>> columns = select_columns("all", options.meter);
        require(columns.has_value(), "all columns can be selected");
        csv_ = std::make_unique<CsvEncoder>(options.dialect, columns.value(), unit);
        json_ = std::make_unique<JsonEncoder>(columns.value(), unit);
    }

    void attach(FlowShard& shard) noexcept { shard_ = &shard; }

    [[nodiscard]] bool emit(const FlowRecord& record) override {
        require(record.flow->all_packets() > 0, "no record without packets");
        packets_ += record.flow->all_packets();
        const RecordView view{.record = record, .context = context_, .id = records_++};
        encode(view);
        if (records_ % 16 == 0) {
            return false;  // as a sink that is full: the shard keeps the record
        }
        held_.push_back(record);
        return true;
    }

    void reached(Tick /*moment*/) override {
        for (const FlowRecord& record : held_) {
            shard_->release(record);
        }
        held_.clear();
    }

    [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

private:
    void encode(const RecordView& view) {
        block_.clear();
        require(csv_->encode(view, block_), "every record fits a row");
        const std::string& text = block_.bytes;
        require(text.ends_with('\n'), "a CSV row ends its line");
        const auto quotes = std::count(text.begin(), text.end(), '"');
        require(!rfc4180_ || quotes % 2 == 0, "quotes of a CSV row are paired");
        block_.clear();
        require(json_->encode(view, block_), "every record fits an object");
        require(text.starts_with('{') && text.ends_with("}\n"), "a JSON row is an object");
        const std::string_view inside(text.data(), text.size() - 1);
        const bool clean = std::ranges::none_of(inside, [](char c) {
            return static_cast<unsigned char>(c) < 0x20;
        });
        require(clean, "a JSON row has no control characters");
    }

    RecordContext context_;
    std::unique_ptr<RecordEncoder> csv_;
    std::unique_ptr<RecordEncoder> json_;
    FlowShard* shard_ = nullptr;
    std::vector<FlowRecord> held_;
    Block block_;
    std::uint64_t packets_ = 0;
    std::uint64_t records_ = 0;
    bool rfc4180_;
};

// Everything between the file and the records, and the laws at its end.
class Walk {
public:
    explicit Walk(const Options& options)
        : intake_(options.meter.decode, &ledger_),
          clock_(options.meter.flow.time_unit),
          outlet_(options),
          shard_(
              {.flow = options.meter.flow, .max_flows = options.max_flows, .identity = {}},
              Chain{
                  StatisticsObserver{},
                  SequenceObserver{options.meter.splt_analysis},
                  DissectionObserver{
                      options.meter.dissection,
                      options.meter.flow.time_unit,
                      shared_module(),
                      dissection_}},
              outlet_
          ) {
        outlet_.attach(shard_);
    }

    void read(CaptureFile& file) {
        Frame frame;
        while (file.next(frame) == CaptureFile::Status::kFrame) {
            frame.position = intake_.frames();
            end_ = std::max(end_, frame.time);
            add(frame);
        }
        intake_.finish(end_);
        shard_.finish(clock_.now(), EndReason::kEndOfInput);
    }

    void check() const {
        const ShardCounters& counters = shard_.counters();
        require(intake_.held_frames() == 0, "nothing is held at the end");
        require(
            intake_.frames() == counters.packets_in_flows + intake_.rejections().total(),
            "frames = packets in flows + rejections"
        );
        require(ledger_.agrees(intake_.frames(), 0, intake_.rejections()), "each frame has a fate");
        require(
            outlet_.packets() == counters.packets_in_flows, "packets in records = packets in flows"
        );
        require(counters.flows_created == counters.expired(), "every flow has ended");
        require(outlet_.records() == counters.expired(), "every flow that ended is a record");
        require(shard_.active_flows() == 0, "no flow is left");
        require(dissection_.counters.flows_active == 0, "no flow is under dissection");
    }

private:
    void add(const Frame& frame) {
        IntakeStep step = intake_.decode(frame);
        while (step == IntakeStep::kFragment) {
            step = intake_.reassemble();
        }
        if (step == IntakeStep::kPacket) {
            if (clock_.stamp(intake_.packet())) {
                ledger_.packet(intake_.packet().position);
                shard_.add(intake_.packet());
                shard_.advance(clock_.now());
            } else {
                intake_.reject(Rejection::kTimeRange);
            }
        }
        const std::uint64_t packets = shard_.counters().packets_in_flows;
        require(
            intake_.frames() == packets + intake_.rejections().total() + intake_.held_frames(),
            "frames = packets in flows + rejections + held"
        );
        require(
            ledger_.agrees(intake_.frames(), intake_.held_frames(), intake_.rejections()),
            "each frame is packet, held or rejected"
        );
    }

    test::FrameLedger ledger_;
    Intake intake_;
    PacketClock clock_;
    DissectionDesk dissection_;
    EncodingOutlet outlet_;
    Shard shard_;
    CaptureTime end_;
};

// A file in memory, since the reader opens a path.
class MemoryFile {
public:
    MemoryFile() : descriptor_(::memfd_create("walk", MFD_CLOEXEC)) {
        require(static_cast<bool>(descriptor_), "memfd_create works");
    }

    std::string write(std::span<const std::uint8_t> bytes) {
        const auto size = static_cast<ssize_t>(bytes.size());
        require(::ftruncate(descriptor_.get(), 0) == 0, "the memory file can be emptied");
        require(
            ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), 0) == size,
            "the memory file can be written"
        );
        return "/proc/self/fd/" + std::to_string(descriptor_.get());
    }

private:
    FileDescriptor descriptor_;
};

void append_le32(std::vector<std::uint8_t>& out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

// A pcap file of loose frames: the link type, then for each frame seconds since the one before, its
// length, and its bytes. Whatever the input, the file is sound.
std::vector<std::uint8_t> file_of(std::span<const std::uint8_t> loose) {
    std::vector<std::uint8_t> file = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    append_le32(file, 65'535);
    // 255 stands for the one link type that is read and has no room in a byte.
    const std::uint32_t link_type = loose.empty() ? 1 : loose[0];
    append_le32(
        file, link_type == 255 ? static_cast<std::uint32_t>(LinkType::kLinuxCooked2) : link_type
    );
    loose = loose.subspan(loose.empty() ? 0 : 1);
    std::uint32_t seconds = 1;
    while (loose.size() > 2) {
        seconds += loose[0];
        const std::size_t bytes = std::min<std::size_t>(loose[1], loose.size() - 2);
        append_le32(file, seconds);
        append_le32(file, 0);
        append_le32(file, static_cast<std::uint32_t>(bytes));
        append_le32(file, loose[1]);
        file.insert(
            file.end(), loose.begin() + 2, loose.begin() + 2 + static_cast<std::ptrdiff_t>(bytes)
        );
        loose = loose.subspan(2 + bytes);
    }
    return file;
}

void walk(std::span<const std::uint8_t> input) {
    constexpr std::uint8_t kLooseFrames = 128;
    if (input.size() < 2) {
        return;
    }
    static MemoryFile memory;
    const std::span<const std::uint8_t> rest = input.subspan(2);
    const bool loose = (input[1] & kLooseFrames) != 0;
    auto file = CaptureFile::open(loose ? memory.write(file_of(rest)) : memory.write(rest));
    if (!file) {
        return;
    }
    Walk walk(options_of(input[0], input[1]));
    walk.read(*file.value());
    walk.check();
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::walk({data, size});
    return 0;
}
