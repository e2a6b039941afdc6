#include "extension/models/model_text.h"

#include "core/base/format.h"

#include <charconv>
#include <cmath>

namespace flowgauge {
namespace {

constexpr std::size_t kShownMax = 40;  // bytes of a wrong word in a message

// What may be shown: hostile files hold anything.
std::string shown(std::string_view word) {
    std::string out;
    for (const char c : word.substr(0, kShownMax)) {
        out += c >= 0x20 && c < 0x7f ? c : '?';
    }
    return word.size() > kShownMax ? out + "..." : out;
}

}  // namespace

bool LineReader::next_line() {
    end_line();
    if (failed()) {
        return false;
    }
    ++line_number_;
    if (rest_.empty()) {
        fail("the file ends here, cut short");
        return false;
    }
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) {
        fail("the line has no end: the file was cut, or is no model");
        return false;
    }
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
}

bool LineReader::expect(std::string_view wanted) {
    if (!next_line()) {
        return false;
    }
    const std::string_view found = word(wanted);
    if (!failed() && found != wanted) {
        fail(format("\"{}\" is expected, not \"{}\"", wanted, shown(found)));
    }
    return !failed();
}

bool LineReader::take(std::string_view wanted) {
    const bool there = rest_.starts_with(wanted) && rest_.size() > wanted.size() &&
                       (rest_[wanted.size()] == ' ' || rest_[wanted.size()] == '\n');
    return there && expect(wanted);
}

std::string_view LineReader::word(std::string_view what) {
    if (failed()) {
        return {};
    }
    const std::size_t end = std::min(line_.find(' '), line_.size());
    const std::string_view found = line_.substr(0, end);
    line_.remove_prefix(end < line_.size() ? end + 1 : end);
    if (found.empty()) {
        fail(format("{} is missing", what));
    }
    return found;
}

std::string LineReader::text(std::string_view what, std::size_t bytes_max) {
    if (failed()) {
        return {};
    }
    if (line_.size() > bytes_max) {
        fail(format("{} has more than {} bytes", what, bytes_max));
        return {};
    }
    std::string out;
    constexpr std::string_view kMarks = "\\nrt";
    constexpr std::string_view kMeant = "\\\n\r\t";
    for (std::size_t i = 0; i < line_.size(); ++i) {
        if (line_[i] != '\\') {
            out += line_[i];
            continue;
        }
        const std::size_t mark =
            ++i < line_.size() ? kMarks.find(line_[i]) : std::string_view::npos;
        if (mark == std::string_view::npos) {
            fail(format("{}: after \\ comes \\, n, r or t", what));
            return {};
        }
        out += kMeant[mark];
    }
    line_ = {};
    return out;
}

double LineReader::real(std::string_view what, bool infinite) {
    const std::string_view found = word(what);
    double value = 0;
    const auto [end, problem] = std::from_chars(found.data(), found.data() + found.size(), value);
    if (!failed() && (problem != std::errc() || end != found.data() + found.size())) {
        fail(format("{}: \"{}\" is no number of 64 bits", what, shown(found)));
    }
    if (!failed() && (std::isnan(value) || (std::isinf(value) && !infinite))) {
        fail(format("{}: \"{}\" is not finite", what, shown(found)));
    }
    return failed() ? 0 : value;
}

std::uint64_t LineReader::number(std::string_view what, std::uint64_t least, std::uint64_t most) {
    const std::string_view found = word(what);
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(found.data(), found.data() + found.size(), value);
    const bool is_number = problem == std::errc() && end == found.data() + found.size();
    if (!failed() && (!is_number || value < least || value > most)) {
        fail(format(
            "{}: a number from {} to {} is expected, not \"{}\"", what, least, most, shown(found)
        ));
    }
    return failed() ? 0 : value;
}

void LineReader::end_line() {
    if (!failed() && !line_.empty()) {
        fail(format("nothing is expected where \"{}\" is", shown(line_)));
    }
}

void LineReader::end_text() {
    end_line();
    ++line_number_;
    if (!failed() && !rest_.empty()) {
        fail("nothing is expected after the end");
    }
}

void LineReader::fail(std::string_view why) {
    if (!failed()) {
        error_ = Error{
            ErrorKind::kUsage,
            format(
                "line {}: {}; write the file again with flowgauge.models.export()",
                line_number_,
                why
            )};
    }
}

}  // namespace flowgauge
