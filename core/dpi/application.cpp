#include "core/dpi/application.h"

namespace flowgauge {
namespace {

const std::string& at(const std::vector<std::string>& names, std::size_t number) {
    return names[number < names.size() ? number : 0];
}

}  // namespace

std::string ApplicationNames::application(const Application& application) const {
    const bool has_master = application.master != 0 && application.master != application.app;
    if (has_master && application.app != 0) {
        return at(protocols_, application.master) + "." + at(protocols_, application.app);
    }
    return protocol(application);
}

const std::string& ApplicationNames::protocol(const Application& application) const {
    return at(protocols_, application.app != 0 ? application.app : application.master);
}

const std::string& ApplicationNames::category(const Application& application) const {
    return at(categories_, application.category);
}

}  // namespace flowgauge
