// The journal of systemd: whether it is there, and messages to it with fields.
#pragma once

#include "service/log.h"

#include <span>
#include <string_view>

namespace flowgauge {

// Whether `descriptor` is the stream to the journal that `journal_stream`, the value of
// $JOURNAL_STREAM, names by device and inode (systemd.exec(5)). Someone may have redirected it
// since.
[[nodiscard]] bool leads_to_journal(int descriptor, std::string_view journal_stream) noexcept;

// Writes an entry with MESSAGE, PRIORITY, SYSLOG_IDENTIFIER and FLOWGAUGE_<NAME> of each field.
// Returns false where no journal takes it. Thread: any; a journal that is slow is waited for.
[[nodiscard]] bool send_to_journal(
    Severity severity, std::string_view text, std::span<const LogField> fields
);

}  // namespace flowgauge
