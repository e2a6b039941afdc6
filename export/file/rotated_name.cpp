#include "export/file/rotated_name.h"

#include "core/base/format.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>

namespace flowgauge {
namespace {

constexpr std::string_view kStampShape = "00000000T000000Z";
constexpr std::string_view kPart = ".part";
constexpr std::size_t kSequenceDigits = 6;
constexpr std::size_t kSequenceDigitsMax = 15;

bool is_digit(char character) noexcept {
    return character >= '0' && character <= '9';
}

bool is_stamp(std::string_view text) noexcept {
    return std::ranges::equal(text, kStampShape, [](char character, char shape) {
        return shape == '0' ? is_digit(character) : character == shape;
    });
}

}  // namespace

std::string utc_stamp(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return format(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        parts.tm_year + 1900,
        parts.tm_mon + 1,
        parts.tm_mday,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec
    );
}

RotatedNames::RotatedNames(std::string path, std::string_view suffix) {
    if (path.ends_with(suffix)) {
        path.resize(path.size() - suffix.size());
    }
    const std::filesystem::path whole(path);
    directory_ = whole.has_parent_path() ? whole.parent_path().string() : ".";
    stem_ = whole.stem().string();
    extension_ = whole.extension().string() + std::string(suffix);
    plain_ = path + std::string(suffix);
}

std::string RotatedNames::finished(const RotatedName& name) const {
    return format("{}-{}-{:06}{}", stem_, name.start, name.sequence, extension_);
}

std::string RotatedNames::unfinished(const RotatedName& name) const {
    return "." + finished(name) + std::string(kPart);
}

std::optional<RotatedName> RotatedNames::parse_finished(std::string_view text) const {
    const std::size_t fixed = stem_.size() + kStampShape.size() + extension_.size() + 2;
    if (text.size() < fixed + kSequenceDigits || text.size() > fixed + kSequenceDigitsMax ||
        !text.starts_with(stem_ + "-") || !text.ends_with(extension_)) {
        return std::nullopt;
    }
    const std::string_view stamp = text.substr(stem_.size() + 1, kStampShape.size());
    const std::string_view digits =
        text.substr(stem_.size() + kStampShape.size() + 2, text.size() - fixed);
    RotatedName name{.sequence = 0, .start = std::string(stamp)};
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), name.sequence);
    if (!is_stamp(stamp) || error != std::errc() || end != digits.data() + digits.size() ||
        finished(name) != text) {
        return std::nullopt;
    }
    return name;
}

std::optional<RotatedName> RotatedNames::parse_unfinished(std::string_view text) const {
    if (!text.starts_with('.') || !text.ends_with(kPart)) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    text.remove_suffix(kPart.size());
    return parse_finished(text);
}

}  // namespace flowgauge
