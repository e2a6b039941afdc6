#include "service/message_limit.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::chrono::seconds kWindow{1};

// FNV-1a of severity and text without its digits.
std::uint64_t pattern_of(Severity severity, std::string_view text) noexcept {
    constexpr std::uint64_t kPrime = 0x100000001b3;
    std::uint64_t hash = 0xcbf29ce484222325 ^ static_cast<std::uint64_t>(severity);
    for (const char letter : text) {
        if (letter < '0' || letter > '9') {
            hash = (hash ^ static_cast<unsigned char>(letter)) * kPrime;
        }
    }
    return hash;
}

// At most kTextBytes, and no cut inside a character of UTF-8.
std::string_view shortened(std::string_view text) noexcept {
    if (text.size() <= MessageLimit::kTextBytes) {
        return text;
    }
    std::size_t size = MessageLimit::kTextBytes;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
        --size;
    }
    return text.substr(0, size);
}

}  // namespace

bool MessageLimit::admit(Severity severity, std::string_view text, Time now) {
    if (rate_ == 0) {
        return true;
    }
    Entry& entry = find(pattern_of(severity, text), now);
    if (now - entry.begin >= kWindow) {
        if (entry.left_out.count > 0) {
            due_.push_back(std::exchange(entry.left_out, {}));
        }
        entry.begin = now;
        entry.admitted = 0;
    }
    if (entry.admitted < rate_) {
        ++entry.admitted;
        return true;
    }
    entry.left_out.severity = severity;
    entry.left_out.text = shortened(text);
    ++entry.left_out.count;
    return false;
}

MessageLimit::Entry& MessageLimit::find(std::uint64_t pattern, Time now) {
    const auto found = std::ranges::find(entries_, pattern, &Entry::pattern);
    if (found != entries_.end()) {
        return *found;
    }
    if (entries_.size() < kTextsMax) {
        return entries_.emplace_back(Entry{
            .pattern = pattern, .begin = now, .admitted = 0, .left_out = {}});
    }
    Entry& oldest = *std::ranges::min_element(entries_, {}, &Entry::begin);
    if (oldest.left_out.count > 0) {
        due_.push_back(std::move(oldest.left_out));
    }
    oldest = Entry{.pattern = pattern, .begin = now, .admitted = 0, .left_out = {}};
    return oldest;
}

std::vector<MessageLimit::LeftOut> MessageLimit::take_left_out(Time now) {
    for (Entry& entry : entries_) {
        if (entry.left_out.count > 0 && now - entry.begin >= kWindow) {
            due_.push_back(std::exchange(entry.left_out, {}));
        }
    }
    return std::exchange(due_, {});
}

}  // namespace flowgauge
