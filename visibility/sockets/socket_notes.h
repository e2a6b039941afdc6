// SocketNotes: what the host does not allow when sockets are listed, said once each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

enum class SocketNote : std::uint8_t {
    kNoNetlink,
    kNoTcpHandler,
    kNoUdpHandler,
    kNoEntry,
    kNoLook,
    kFewDescriptors,
    kManyNamespaces,
    kManySockets,
    kNoTable,
};

// Thread: one. Bound: one text for each SocketNote.
class SocketNotes {
public:
    // `detail` is put where the text has room for it; the first one counts.
    void add(SocketNote note, std::string_view detail);
    void add(SocketNote note, int error);
    void add(SocketNote note, std::size_t number);

    [[nodiscard]] const std::vector<std::string>& texts() const noexcept { return texts_; }

private:
    [[nodiscard]] bool is_known(SocketNote note) const noexcept {
        return (known_ >> static_cast<unsigned>(note) & 1U) != 0;
    }

    std::uint32_t known_ = 0;
    std::vector<std::string> texts_;
};

}  // namespace flowgauge
