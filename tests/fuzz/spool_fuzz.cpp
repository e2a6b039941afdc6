// spool_fuzz: whatever happened to the files of a spool, it opens, ends, and keeps its accounts.
//
// The input is a byte of flags and edits of eight bytes each: which file, what is done to it, where
// (16 bits), how much (16 bits), and two bytes of value. They are done to a small spool that is
// always the same. Without kMended nothing may come out that did not go in, nor anything twice.
// With it check values are mended after the edits, so that wrong headers get past them: then the
// law of the numbers must hold all the same.
#include "export/spool/spool.h"

#include "core/base/hash.h"
#include "export/spool/crc32c.h"
#include "export/spool/frame.h"
#include "tests/support/spool_ledger.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kMended = 1;
constexpr unsigned kAppends = 2;  // something is appended before all is taken out
constexpr unsigned kRewinds = 4;  // and it is taken out twice
constexpr std::size_t kEditBytes = 8;
constexpr std::size_t kEditsMax = 32;
constexpr int kStepsMax = 100'000;

using Files = std::map<std::string, std::string>;

void require(bool law, int line = __builtin_LINE()) {
    if (!law) {
        static_cast<void>(std::fprintf(stderr, "line %d does not hold\n", line));
        std::abort();
    }
}

const std::string& directory() {
    static const std::string kPath = [] {
        const bool has_memory = ::access("/dev/shm", W_OK) == 0;
        return (has_memory ? std::string("/dev/shm") : fs::temp_directory_path().string()) +
               "/spool_fuzz_" + std::to_string(::getpid());
    }();
    return kPath;
}

SpoolOptions options() {
    SpoolOptions options;
    options.directory = directory();
    options.size = std::uint64_t{1} << 20U;
    options.segment_size = 1500;
    return options;
}

Files read_files() {
    Files files;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory())) {
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        files[entry.path().filename().string()] = text.str();
    }
    return files;
}

void write_files(const Files& files) {
    fs::remove_all(directory());
    fs::create_directory(directory());
    for (const auto& [name, bytes] : files) {
        std::ofstream(directory() + "/" + name) << bytes;
    }
}

// Some frames are acknowledged, and the preamble changes once.
Files make_spool() {
    fs::remove_all(directory());
    test::SpoolLedger ledger(options());
    require(ledger.open().empty());
    for (int i = 0; i < 14; ++i) {
        ledger.set_preamble(i < 9 ? "first" : "second");
        require(ledger.append(3) && ledger.flush());
        if (i == 5) {
            ledger.acknowledge(*ledger.take());
            require(ledger.flush());
        }
    }
    ledger.close();
    static_cast<void>(std::atexit([] { fs::remove_all(directory()); }));
    return read_files();
}

struct Edit {
    std::uint8_t file = 0;
    std::uint8_t what = 0;
    std::uint16_t where = 0;
    std::uint16_t count = 0;
    std::uint16_t value = 0;
};

void do_edit(Files& files, const Edit& edit) {
    auto file = files.begin();
    std::advance(file, edit.file % files.size());
    std::string& bytes = file->second;
    const std::size_t where = bytes.empty() ? 0 : edit.where % (bytes.size() + 1);
    switch (edit.what % 8) {
    case 0:
        if (where < bytes.size()) {
            bytes[where] = static_cast<char>(bytes[where] ^ static_cast<char>(edit.value | 1));
        }
        break;
    case 1:
        bytes.resize(where);
        break;
    case 2:
        bytes.erase(where, edit.count);
        break;
    case 3:
        bytes.insert(where, std::string(edit.count % 4096, static_cast<char>(edit.value)));
        break;
    case 4:
        bytes.insert(where, bytes.substr(edit.value % (bytes.size() + 1), edit.count));
        break;
    case 5:
        files.erase(file);
        break;
    case 6:
        files
            ["00000000000000" + std::string{"0123456789abcdef"[edit.value & 15U]} +
             std::string{"0123456789abcdef"[edit.value >> 4U & 15U]} + ".seg"] = bytes;
        break;
    default:
        for (std::size_t i = where; i < std::min(bytes.size(), where + edit.count); ++i) {
            bytes[i] = static_cast<char>(edit.value);
        }
        break;
    }
}

std::uint32_t salted_crc(std::uint64_t salt, std::string_view bytes) {
    std::string salted(reinterpret_cast<const char*>(&salt), sizeof salt);
    return crc32c(0, salted += bytes);
}

// Gives each header that is there the check values that it should have.
void mend(std::string& bytes, std::uint64_t salt) {
    constexpr std::size_t kPayloadCrcAt = 12;
    constexpr std::size_t kPayloadBytesAt = 16;
    for (std::size_t at = bytes.find(frame_magic());
         at != std::string::npos && bytes.size() - at >= kFrameHeaderBytes;
         at = bytes.find(frame_magic(), at + 1)) {
        std::uint32_t length = 0;
        std::memcpy(&length, bytes.data() + at + kPayloadBytesAt, sizeof length);
        const std::uint32_t payload =
            crc32c(0, std::string_view(bytes).substr(at + kFrameHeaderBytes, length));
        std::memcpy(bytes.data() + at + kPayloadCrcAt, &payload, sizeof payload);
        const std::uint32_t crc =
            salted_crc(salt, std::string_view(bytes).substr(at + 8, kFrameHeaderBytes - 8));
        std::memcpy(bytes.data() + at + 4, &crc, sizeof crc);
    }
    if (bytes.starts_with("flowg") && bytes.size() >= kLandmarkBytes) {
        const std::uint32_t crc =
            crc32c(0, std::string_view(bytes).substr(12, kLandmarkBytes - 12));
        std::memcpy(bytes.data() + 8, &crc, sizeof crc);
    }
}

// Takes everything out and watches the law.
class Run {
public:
    explicit Run(unsigned flags) : flags_(flags) {}

    void drain() {
        Result<std::unique_ptr<Spool>> opened = Spool::open(options());
        require(opened.has_value());
        spool_ = std::move(opened).value();
        law();
        if ((flags_ & kAppends) != 0 && spool_->has_room(1000)) {
            Block block = test::spooled_block(1000, 3, nullptr);
            appended_ = block.records;
            spool_->append(std::move(block));
            require(spool_->flush(std::chrono::seconds(10)) && !spool_->refused());
        }
        if ((flags_ & kRewinds) != 0) {
            take(false);
            spool_->rewind();
            out_.clear();
        }
        take(true);
        require(spool_->numbers().records == 0);
        static_cast<void>(spool_->flush(std::chrono::seconds(10)));
        law();
        // A forged frame of a later number may stand before it.
        require((flags_ & kMended) != 0 || appended_ == 0 || out_.contains(1002));
    }

private:
    void law() const {
        const StoreNumbers& numbers = spool_->numbers();
        require(
            numbers.records_recovered + appended_ ==
            numbers.records + acknowledged_ + numbers.records_damaged
        );
    }

    void take(bool acknowledges) {
        int steps = 0;
        while (spool_->has_next()) {
            require(++steps < kStepsMax);
            std::optional<Block> block = spool_->next();
            law();
            if (block) {
                look_at(*block);
                if (acknowledges) {
                    acknowledged_ += block->records;
                    spool_->acknowledge(block->spool_frame);
                }
            }
            spool_->turn(std::chrono::steady_clock::now());
            law();
        }
    }

    void look_at(const Block& block) {
        require(block.preamble != nullptr && block.spool_frame != 0);
        const std::optional<std::vector<std::uint64_t>> numbers = test::records_of(block);
        if (!numbers) {
            require((flags_ & kMended) != 0);
            return;
        }
        for (const std::uint64_t number : *numbers) {
            const bool is_new = out_.insert(number).second;
            require((flags_ & kMended) != 0 || (is_new && (number <= 42 || number >= 1000)));
        }
    }

    unsigned flags_;
    std::unique_ptr<Spool> spool_;
    std::uint64_t appended_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::set<std::uint64_t> out_;
};

void try_input(std::string_view input) {
    static const Files kPristine = make_spool();
    if (input.empty()) {
        return;
    }
    const auto flags = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    Files files = kPristine;
    for (std::size_t i = 0; i < kEditsMax && input.size() >= kEditBytes && !files.empty(); ++i) {
        Edit edit;
        std::memcpy(&edit, input.data(), sizeof edit);
        static_assert(sizeof edit == kEditBytes);
        do_edit(files, edit);
        input.remove_prefix(kEditBytes);
    }
    if ((flags & kMended) != 0) {
        const std::optional<Landmark> position =
            read_landmark(LandmarkKind::kPosition, kPristine.at("position"));
        for (auto& [name, bytes] : files) {
            mend(bytes, position->salt);
        }
    }
    write_files(files);
    Run(flags).drain();
    // Nothing is left of it for a second time.
    Run(flags & kMended).drain();
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
