// Checker: says what is wrong with values that are right alone, but not together.
#pragma once

#include "config/configuration_check.h"
#include "config/draft.h"
#include "config/parameter.h"
#include "config/problems.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace flowgauge {

// Adds problems with the place of what is wrong: the last option of that name, else the key.
class Checker {
public:
    Checker(const CheckedParts& parts, Problems& problems) : parts_(parts), problems_(problems) {}

    void fail(const std::string& key, std::string_view option, std::string_view message) {
        const Parameter* parameter = find_option(option);
        if (parameter != nullptr && is_assigned(option)) {
            problems_.add({.source = option_name(*parameter)}, "", message);
            return;
        }
        problems_.add(place_of(key), key, message);
    }
    void fail(const std::string& key, std::string_view message) { fail(key, "", message); }

    [[nodiscard]] Place place_of(const std::string& key) const {
        if (const Place* place = parts_.draft.place_of(key)) {
            return *place;
        }
        return {.source = parts_.sources.path.empty() ? "configuration" : parts_.sources.path};
    }

    [[nodiscard]] const CheckedParts& parts() const noexcept { return parts_; }

    [[nodiscard]] bool is_wrong(const std::string& key) const { return parts_.draft.is_wrong(key); }

    [[nodiscard]] bool is_assigned(std::string_view option) const {
        return std::ranges::find(parts_.sources.assignments, option, &Assignment::option) !=
               parts_.sources.assignments.end();
    }

private:
    const CheckedParts& parts_;
    Problems& problems_;
};

}  // namespace flowgauge
