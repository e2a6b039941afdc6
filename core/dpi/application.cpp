#include "core/dpi/application.h"

#include <bit>

namespace flowgauge {
namespace {

const std::string& at(const std::vector<std::string>& names, std::size_t number) {
    return names[number < names.size() ? number : 0];
}

}  // namespace

std::string ApplicationNames::application(const Application& application) const {
    std::string name;
    append_application(application, name);
    return name;
}

void ApplicationNames::append_application(const Application& application, std::string& out) const {
    const bool has_master = application.master != 0 && application.master != application.app;
    if (has_master && application.app != 0) {
        out += at(protocols_, application.master);
        out += '.';
    }
    out += protocol(application);
}

const std::string& ApplicationNames::protocol(const Application& application) const {
    return at(protocols_, application.app != 0 ? application.app : application.master);
}

const std::string& ApplicationNames::category(const Application& application) const {
    return at(categories_, application.category);
}

std::string ApplicationNames::risks(const Application& application) const {
    std::string names;
    append_risks(application, names);
    return names;
}

void ApplicationNames::append_risks(const Application& application, std::string& out) const {
    const std::size_t begin = out.size();
    for (std::uint64_t left = application.risks; left != 0; left &= left - 1) {
        const auto risk = static_cast<std::size_t>(std::countr_zero(left));
        if (risk >= risks_.size()) {
            break;
        }
        if (out.size() != begin) {
            out += '|';
        }
        out += risks_[risk];
    }
}

}  // namespace flowgauge
