#include "visibility/events/program_table.h"

#include <utility>

namespace flowgauge {
namespace {

// Paths with this beginning stand for an open file, in the view of a process that has closed it.
constexpr std::string_view kOpenFiles = "/dev/fd/";

[[nodiscard]] bool is_cut(std::string_view name) noexcept {
    return name.size() == CommText{}.size() - 1;
}

}  // namespace

std::string_view last_component(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return path.substr(slash == std::string_view::npos ? 0 : slash + 1);
}

Program program_of(const CommText& name, std::string_view argument, std::string_view path) {
    Program program{.name = name, .file_name = {}, .path = {}};
    const std::string_view file_name = last_component(argument);
    if (is_cut(text_of(name)) && file_name.starts_with(text_of(name))) {
        program.file_name = file_name;
    }
    if (path.starts_with('/') && !path.starts_with(kOpenFiles)) {
        program.path = path;
    }
    return program;
}

void ProgramTable::exec(std::int32_t pid, std::int64_t time, Program program) {
    programs_.put(
        pid, {.since = time, .program = std::make_shared<const Program>(std::move(program))}
    );
}

void ProgramTable::exec(std::int32_t pid, const CommText& name) {
    const Running* running = programs_.find(pid);
    if (running != nullptr && running->program->name != name) {
        programs_.erase(pid);
    }
}

void ProgramTable::fork(std::int32_t pid, std::int32_t parent) {
    const Running* found = programs_.find(parent);
    const Running inherited = found == nullptr ? Running{} : *found;
    programs_.erase(pid);
    if (inherited.program != nullptr) {
        programs_.put(pid, inherited);
    }
}

std::shared_ptr<const Program> ProgramTable::find(
    std::int32_t pid, std::int64_t time, const CommText& name
) {
    const Running* running = programs_.find(pid);
    if (running == nullptr || running->since > time || running->program->name != name) {
        return nullptr;
    }
    return running->program;
}

}  // namespace flowgauge
