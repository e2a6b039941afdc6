#include "service/journal.h"

#include "core/base/format.h"

#include <systemd/sd-journal.h>

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

int priority_of(Severity severity) noexcept {
    switch (severity) {
    case Severity::kError:
        return LOG_ERR;
    case Severity::kWarning:
        return LOG_WARNING;
    case Severity::kInfo:
        return LOG_INFO;
    case Severity::kDebug:
        break;
    }
    return LOG_DEBUG;
}

}  // namespace

bool leads_to_journal(int descriptor, std::string_view journal_stream) noexcept {
    struct stat status {};
    return !journal_stream.empty() && ::fstat(descriptor, &status) == 0 &&
           journal_stream == format("{}:{}", status.st_dev, status.st_ino);
}

bool send_to_journal(Severity severity, std::string_view text, std::span<const LogField> fields) {
    // sd_journal_sendv() reports success where there is no socket.
    if (::access("/run/systemd/journal/socket", W_OK) != 0) {
        return false;
    }
    std::vector<std::string> entry;
    entry.reserve(fields.size() + 3);
    entry.push_back(format("MESSAGE={}", text));
    entry.push_back(format("PRIORITY={}", priority_of(severity)));
    entry.emplace_back("SYSLOG_IDENTIFIER=flowgauge");
    for (const LogField& field : fields) {
        entry.push_back(format("FLOWGAUGE_{}={}", field.name, field.value));
    }
    std::vector<iovec> parts;
    parts.reserve(entry.size());
    for (std::string& part : entry) {
        parts.push_back({.iov_base = part.data(), .iov_len = part.size()});
    }
    return ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace flowgauge
