#include "visibility/processes/user_names.h"

#include "visibility/processes/process_text.h"

#include <pwd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

namespace flowgauge {
namespace {

std::optional<std::string> ask_system(std::uint32_t uid) {
    std::array<char, 16'384> room{};
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(uid, &entry, room.data(), room.size(), &found);
    if (found != nullptr) {
        return utf8_of(entry.pw_name);
    }
    // Which errors say "no such user" differs between sources (getpwuid_r(3)).
    if (error == 0 || error == ENOENT || error == ESRCH || error == ERANGE) {
        return std::string();
    }
    return std::nullopt;
}

}  // namespace

UserNames::UserNames(Ask ask) : ask_(ask != nullptr ? ask : ask_system) {}

std::string UserNames::find(std::int64_t uid, Clock::time_point now) {
    if (uid < 0 || uid > std::numeric_limits<std::uint32_t>::max()) {
        return {};
    }
    const auto key = static_cast<std::uint32_t>(uid);
    Name* name = names_.find(key);
    if (name == nullptr) {
        name = &names_.put(key, {});
    }
    if (!name->noted && (!name->known || now - name->asked >= kBelieved) &&
        noted_.size() < kNamesMax) {
        name->noted = true;
        noted_.push_back(key);
    }
    return name->text;
}

bool UserNames::resolve(Clock::time_point now) {
    bool changed = false;
    const std::size_t count = std::min(noted_.size(), kAskedAtOnceMax);
    for (std::size_t i = 0; i < count; ++i) {
        Name* name = names_.find(noted_[i]);
        if (name == nullptr) {
            continue;  // gave way meanwhile
        }
        name->noted = false;
        const std::optional<std::string> answer = ask_(noted_[i]);
        // After a failure it is asked again like a name that has become too old, not at each poll.
        name->known = true;
        name->asked = now;
        if (answer && *answer != name->text) {
            name->text = *answer;
            changed = true;
        }
    }
    noted_.erase(noted_.begin(), noted_.begin() + static_cast<std::ptrdiff_t>(count));
    return changed;
}

}  // namespace flowgauge
