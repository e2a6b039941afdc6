#include "export/ipfix/ipfix_session.h"

#include "export/ipfix/wire.h"

#include <algorithm>

namespace flowgauge {

void IpfixSession::begin(bool datagrams) {
    if (!datagrams) {
        sequence_ = 0;
    }
    datagrams_ = datagrams;
    statistics_described_ = false;
    interfaces_sent_ = 0;
    statistics_due_ = SteadyTime::max();
    known_.clear();
    current_ = {};
}

void IpfixSession::prepare(const Preamble* preamble, SteadyTime now, WireMessages& out) {
    if (preamble != nullptr && preamble->fingerprint != current_.fingerprint) {
        current_ = *preamble;
    }
    if (!current_.bytes.empty()) {
        const Known* known = find(current_.fingerprint);
        if (known == nullptr || is_due(*known, now)) {
            if (known != nullptr) {  // a refresh brings everything
                statistics_due_ = options_.statistics ? now : statistics_due_;
                interfaces_sent_ = 0;
            }
            send_preamble(current_, now, out);
        }
    }
    if (options_.interfaces != nullptr && options_.interfaces->version() != interfaces_sent_) {
        send_interfaces(out);
    }
    if (options_.statistics && (!statistics_described_ || now >= statistics_due_)) {
        send_statistics(now, out);
    }
}

SteadyTime IpfixSession::next_repeat() const noexcept {
    SteadyTime next = statistics_due_;
    for (const Known& known : known_) {
        if (datagrams_ && known.fingerprint == current_.fingerprint) {
            next = std::min(next, known.sent + options_.template_refresh);
        }
    }
    return next;
}

void IpfixSession::put(std::string_view unit, std::uint32_t records, WireMessages& out) {
    message_ = unit;
    char* const header = message_.data();
    const auto data_records = static_cast<std::uint32_t>(load_wire<4>(header + kSequencePlace));
    store_wire<4>(header + kExportTimePlace, options_.clock());
    store_wire<4>(header + kSequencePlace, sequence_);
    store_wire<4>(header + kDomainPlace, options_.observation_domain);
    sequence_ += data_records;  // modulo 2^32, as it shall be
    out.add(message_);
    ++options_.totals->messages;
    options_.totals->records += records;
    options_.totals->octets += message_.size();
}

void IpfixSession::send_preamble(const Preamble& preamble, SteadyTime now, WireMessages& out) {
    send_all(preamble.bytes, out);
    if (Known* known = find(preamble.fingerprint); known != nullptr) {
        known->sent = now;
        return;
    }
    if (known_.size() == kKnownMax) {
        known_.erase(std::ranges::min_element(known_, {}, &Known::sent));
    }
    known_.push_back({preamble.fingerprint, now});
}

void IpfixSession::send_interfaces(WireMessages& out) {
    const bool described = interfaces_sent_ != 0;
    interfaces_sent_ =
        options_.interfaces->version();  // before reading: what changes now comes again
    if (datagrams_ || !described) {
        send_all(make_interfaces_templates(options_.observation_domain), out);
    }
    send_all(make_interfaces_data(options_.observation_domain, options_.interfaces->all()), out);
}

void IpfixSession::send_statistics(SteadyTime now, WireMessages& out) {
    if (datagrams_ || !statistics_described_) {
        send_all(make_statistics_templates(options_.observation_domain), out);
        statistics_described_ = true;
    }
    ExporterStatistics statistics = options_.statistics();
    statistics.exported_messages = options_.totals->messages;
    statistics.exported_records = options_.totals->records;
    statistics.exported_octets = options_.totals->octets;
    send_all(make_statistics_data(options_.observation_domain, statistics), out);
    statistics_due_ = now + options_.statistics_every;
}

void IpfixSession::send_all(std::string_view messages, WireMessages& out) {
    while (messages.size() >= kIpfixHeaderBytes) {
        const std::size_t length = load_wire<2>(messages.data() + kLengthPlace);
        if (length < kIpfixHeaderBytes || length > messages.size()) {
            return;  // no message of ours
        }
        put(messages.substr(0, length), 0, out);
        messages.remove_prefix(length);
    }
}

IpfixSession::Known* IpfixSession::find(std::uint64_t fingerprint) noexcept {
    const auto found = std::ranges::find(known_, fingerprint, &Known::fingerprint);
    return found == known_.end() ? nullptr : &*found;
}

bool IpfixSession::is_due(const Known& known, SteadyTime now) const noexcept {
    return datagrams_ && now - known.sent >= options_.template_refresh;
}

}  // namespace flowgauge
