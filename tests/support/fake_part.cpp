#include "tests/support/fake_part.h"

#include <array>
#include <limits>
#include <utility>

namespace flowgauge::test {
namespace {

const std::vector<std::string>& hostile_words() {
    static const std::vector<std::string> kWords{
        "",
        "plain",
        "a \"quote\", a comma, and \\ at the end \\",
        "'single'",
        "'single' and \"double\"",
        "line\nbreak,\r\n\ttab",
        "bell\x07 and escape\x1b[31m",
        "m\xc3\xbcnchen \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80",
        "no \xff utf\xe2\x82-8 \xed\xa0\x80",
        "line\xe2\x80\xa8separator, soft\xc2\xadhyphen",
        std::string(65'535, 'x')};
    return kWords;
}

class FakeWorker final : public PartWorker {
public:
    void complete(const ExtendedFlow& flow) override {
        const FakeValues values(flow.record.flow().source_port());
        if (values.count) {
            flow.cells[0].set_unsigned(*values.count, flow.memory);
        }
        if (values.change) {
            flow.cells[1].set_integer(*values.change, flow.memory);
        }
        if (values.ratio) {
            flow.cells[2].set_real(*values.ratio, flow.memory);
        }
        if (values.word) {
            flow.cells[3].set_text(*values.word, flow.memory);
        }
        if (values.steps) {
            flow.cells[4].set_list(*values.steps, flow.memory);
        }
        if (values.words) {
            const std::vector<std::string_view> words(values.words->begin(), values.words->end());
            flow.cells[5].set_texts(words, flow.memory);
        }
    }
};

}  // namespace

FakeValues::FakeValues(std::uint64_t number) {
    const std::vector<std::string>& texts = hostile_words();
    if (number % 5 != 0) {
        constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max() - 1;
        constexpr std::array<std::uint64_t, 4> kCounts{0, 1, 5'000'000'000, kMax};
        count = kCounts.at(number % kCounts.size());
    }
    if (number % 5 != 1) {
        constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min() + 1;
        constexpr std::array<std::int64_t, 4> kChanges{0, -1, 1'000'000, kMin};
        change = kChanges.at(number % kChanges.size());
    }
    if (number % 5 != 2) {
        constexpr std::array kRatios{0.0, 0.1, -2.5e-300, 1e100};
        ratio = kRatios.at(number % kRatios.size());
    }
    if (number % 5 != 3) {
        word = texts.at(number % texts.size());
    }
    if (number % 5 != 4) {
        steps.emplace();
        for (std::uint64_t i = 0; i < number % 7; ++i) {
            steps->push_back(static_cast<std::int64_t>(number * i) - 50);
        }
    }
    if (number % 6 != 0) {
        words.emplace();
        for (std::uint64_t i = 0; i < number % 4; ++i) {
            words->push_back(texts.at((number + i) % (texts.size() - 1)));
        }
    }
}

std::span<const ExtensionColumn> FakePart::columns() const noexcept {
    static const std::array kColumns{
        ExtensionColumn{"fake_count", ColumnType::kUnsigned, "packets", "how many"},
        ExtensionColumn{"fake_change", ColumnType::kInteger, "", "up & down <so to say>"},
        ExtensionColumn{"fake_ratio", ColumnType::kReal, "", ""},
        ExtensionColumn{"fake_word", ColumnType::kText, "", "a word"},
        ExtensionColumn{"fake_steps", ColumnType::kList, "", "a step"},
        ExtensionColumn{"fake_words", ColumnType::kTexts, "", "one of the words"}};
    return kColumns;
}

Result<std::unique_ptr<PartWorker>> FakePart::open(std::uint32_t /*worker*/) const {
    return std::unique_ptr<PartWorker>(std::make_unique<FakeWorker>());
}

std::shared_ptr<const RecordExtension> fake_extension() {
    auto parts = std::make_shared<PartList>();
    if (!parts->add(std::make_unique<FakePart>())) {
        return nullptr;
    }
    return parts;
}

}  // namespace flowgauge::test
