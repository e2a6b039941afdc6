// Result<T>: a value, or the reason there is none.
//
// For operations that may fail while the program starts, reloads or talks to the outside world. Not
// for the packet path: there an outcome is an enum and a counter (core/packet/rejection.h), because
// building a message costs an allocation per bad packet.
//
// The interface is the subset of C++23's std::expected that we use, so that this file can become an
// alias once every supported compiler has it.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace flowgauge {

// What kind of failure it is; decides the exit status of the program (daemon/exit_status.h).
enum class ErrorKind : unsigned char {
    kUsage,    // the operator asked for something impossible
    kDamaged,  // input is cut or corrupt from some point on
    kSystem,   // the kernel or a library refused
    kOutput,   // a record could not be written
};

// Why something failed: a kind for programs, and a sentence for the operator.
struct Error {
    ErrorKind kind = ErrorKind::kSystem;
    std::string message;

    // Returns this error with `outer` put before the message: "open eth0: permission denied".
    // Call it once at each level that knows something the level below did not.
    [[nodiscard]] Error within(std::string_view outer) && {
        message.insert(0, std::string(outer) + ": ");
        return std::move(*this);
    }
};

// Thread safety: as its T. Ownership: holds its T or Error by value.
template <typename T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    // Implicit on purpose: `return value;` and `return Error{...};` both read well.
    // NOLINTNEXTLINE(google-explicit-constructor): see above
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor): see above
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    // Requires: has_value().
    [[nodiscard]] T& value() & {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && {
        assert(has_value());
        return std::move(*std::get_if<0>(&state_));
    }

    // Requires: !has_value().
    [[nodiscard]] Error& error() & {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] Error&& error() && {
        assert(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }

private:
    std::variant<T, Error> state_;
};

// Success without a value, or the reason for failure.
template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): `return Error{...};` reads well
    Result(Error error) : error_(std::move(error)), failed_(true) {}

    [[nodiscard]] bool has_value() const noexcept { return !failed_; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    // Requires: !has_value().
    [[nodiscard]] Error& error() & {
        assert(failed_);
        return error_;
    }
    [[nodiscard]] Error&& error() && {
        assert(failed_);
        return std::move(error_);
    }

private:
    Error error_;
    bool failed_ = false;
};

}  // namespace flowgauge
