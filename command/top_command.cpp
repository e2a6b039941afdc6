#include "command/top_command.h"

#include "command/standard_output.h"
#include "command/terminal.h"
#include "command/top_feed.h"
#include "command/top_terminal.h"
#include "service/message.h"
#include "service/stop_signals.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace flowgauge {
namespace {

ExitStatus report_problem(const TopAnswer& answer) {
    print_message(answer.problem);
    return ExitStatus::kFailed;
}

// The state of one viewing: what was chosen, what is known, and how it is shown.
class TopViewer {
public:
    explicit TopViewer(TopState state) : state_(std::move(state)) {}

    void take(TopAnswer answer) {
        content_.problem = answer.problem;
        if (!answer.problem.empty()) {
            return;
        }
        content_.before = model_.is_empty() ? answer.statistics : std::move(content_.now);
        content_.now = std::move(answer.statistics);
        model_.update(std::move(answer.flows));
    }

    void take(const Key& key, const ScreenSize& size) {
        handle_key(state_, key, model_.rows(state_.selection).size(), page_rows(size));
    }

    [[nodiscard]] std::vector<ScreenLine> screen(const ScreenSize& size) const {
        return top_screen(state_, content_, model_, size);
    }

    [[nodiscard]] const TopState& state() const noexcept { return state_; }

private:
    TopState state_;
    TopContent content_;
    TopModel model_;
};

ExitStatus show_once(const TopOptions& options, const SensorClient& client) {
    const StopSignals signals;
    TopViewer viewer(options.state);
    for (int sample = 0; sample < 2; ++sample) {
        if (sample > 0 && signals.wait(options.state.interval)) {
            return ExitStatus::kDone;
        }
        TopAnswer answer = ask_for_top(client);
        if (!answer.problem.empty()) {
            return report_problem(answer);
        }
        viewer.take(std::move(answer));
    }
    const Terminal terminal = look_at_terminal(STDOUT_FILENO);
    std::vector<ScreenLine> lines = viewer.screen(
        {.columns = std::max(terminal.columns, kScreenMin.columns), .lines = kScreenMin.lines}
    );
    lines.pop_back();  // keys
    std::string text;
    for (const ScreenLine& line : lines) {
        text += line.text.substr(0, line.text.find_last_not_of(' ') + 1) + "\n";
    }
    text.erase(text.find_last_not_of('\n') + 1);
    return write_standard_output(text + "\n");
}

// Draws, and waits for keys and answers, until the viewer quits.
void view(TopViewer& viewer, TopTerminal& terminal, TopFeed& feed) {
    constexpr char32_t kControlZ = 0x1a;
    while (!viewer.state().quits) {
        terminal.draw(viewer.screen(terminal.size()));
        pollfd waited[] = {
            {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
            {.fd = viewer.state().paused ? -1 : feed.descriptor(), .events = POLLIN, .revents = 0}};
        // An interruption is a change of size, which next_key() tells.
        static_cast<void>(!::poll(waited, std::size(waited), -1));
        if ((waited[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
            return;  // the terminal is gone
        }
        while (const std::optional<Key> key = terminal.next_key()) {
            if (key->name == KeyName::kCharacter && key->character == kControlZ) {
                terminal.suspend();
            } else {
                viewer.take(*key, terminal.size());
            }
        }
        feed.set_interval(viewer.state().interval);
        if (!viewer.state().paused) {
            if (std::optional<TopAnswer> answer = feed.take()) {
                viewer.take(*std::move(answer));
            }
        }
    }
}

}  // namespace

ExitStatus show_top(const TopOptions& options) {
    const SensorClient client(control_socket(options.socket));
    if (options.once) {
        return show_once(options, client);
    }
    TopAnswer first = ask_for_top(client);
    if (!first.problem.empty()) {
        return report_problem(first);
    }
    Result<std::unique_ptr<TopTerminal>> terminal = TopTerminal::open();
    if (!terminal) {
        return report_error(terminal.error());
    }
    TopViewer viewer(options.state);
    viewer.take(std::move(first));
    TopFeed feed(client, options.state.interval);
    view(viewer, *terminal.value(), feed);
    return ExitStatus::kDone;
}

}  // namespace flowgauge
