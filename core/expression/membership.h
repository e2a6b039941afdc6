// Sets of literals, for `in`: sorted once, searched by halves.
#pragma once

#include "core/base/ip_network.h"
#include "core/expression/value.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {

class IntegerSet {
public:
    explicit IntegerSet(std::vector<Int128> members);
    [[nodiscard]] bool operator()(Int128 value) const noexcept;

private:
    std::vector<Int128> members_;
};

// NaN is in no set.
class RealSet {
public:
    explicit RealSet(std::vector<double> members);
    [[nodiscard]] bool operator()(double value) const noexcept;

private:
    std::vector<double> members_;
};

class TextSet {
public:
    explicit TextSet(std::vector<std::string> members);
    [[nodiscard]] bool operator()(std::string_view value) const noexcept;

private:
    std::vector<std::string> members_;
};

// Networks and single addresses, overlapping as they like.
class NetworkSet {
public:
    explicit NetworkSet(std::vector<IpNetwork> networks);
    [[nodiscard]] bool operator()(const AddressValue& value) const noexcept;

private:
    std::vector<IpNetwork> ranges_;  // apart from each other and in order, those of IPv4 first
};

// MAC addresses, and OUIs that stand for all addresses of theirs.
class MacSet {
public:
    explicit MacSet(const std::vector<MacValue>& members);
    [[nodiscard]] bool operator()(const MacValue& value) const noexcept;

private:
    std::vector<std::uint64_t> addresses_;
    std::vector<std::uint64_t> ouis_;
};

// "00:11:22:33:44:55" or "00:11:22"; also with - instead of :.
[[nodiscard]] std::optional<MacValue> read_mac(std::string_view text) noexcept;

}  // namespace flowgauge
