#include "extension/plugins/plugin_file.h"

#include "core/base/format.h"
#include "core/base/spelling.h"
#include "extension/plugins/plugin.h"
#include "plugins/builtin.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <exception>

namespace flowgauge {
namespace {

constexpr const char* kEntry = "flowgauge_plugin_entry";

// What the first version of this ABI has; structures only grew since.
constexpr std::size_t kSizeMin = offsetof(flowgauge_plugin, release) + sizeof(void (*)(void*));

Error usage(std::string message) {
    return {ErrorKind::kUsage, std::move(message)};
}

// What dlerror() says, without the path that our message begins with.
std::string last_error(const std::string& path) {
    const char* text = ::dlerror();  // NOLINT(concurrency-mt-unsafe): of each thread, in glibc
    std::string message = text == nullptr ? "no reason given" : text;
    if (message.starts_with(path + ": ")) {
        message.erase(0, path.size() + 2);
    }
    return message;
}

struct CodeSearch {
    std::uintptr_t base = 0;
    std::vector<CodeRange> found;
};

int note_code(dl_phdr_info* object, std::size_t /*size*/, void* context) {
    auto& search = *static_cast<CodeSearch*>(context);
    if (object->dlpi_addr != search.base) {
        return 0;
    }
    for (const ElfW(Phdr) & segment : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
        if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0) {
            const std::uintptr_t begin = search.base + segment.p_vaddr;
            search.found.push_back({begin, begin + segment.p_memsz});
        }
    }
    return 1;
}

// The executable segments of a loaded object.
std::vector<CodeRange> code_of(void* handle) {
    link_map* object = nullptr;
    if (::dlinfo(handle, RTLD_DI_LINKMAP, &object) != 0) {
        return {};
    }
    CodeSearch search{.base = object->l_addr, .found = {}};
    ::dl_iterate_phdr(note_code, &search);
    return search.found;
}

}  // namespace

std::string plugin_directory() {
    return FLOWGAUGE_PLUGIN_DIRECTORY;
}

Result<std::unique_ptr<PluginFile>> PluginFile::open(const PluginSettings& settings) {
    std::unique_ptr<PluginFile> file(new PluginFile);  // private constructor
    if (settings.builtin.empty() == settings.file.empty()) {
        return usage("say either builtin, the name of a plugin of flowgauge, or file, the path of "
                     "a shared object");
    }
    Result<void> done;
    if (!settings.builtin.empty()) {
        file->place_ = "built-in " + settings.builtin;
        done = file->find_builtin(settings.builtin);
    } else {
        const bool is_path = settings.file.find('/') != std::string::npos;
        file->place_ = is_path ? settings.file : plugin_directory() + "/" + settings.file;
        done = file->load();
    }
    if (!done) {
        return std::move(done.error()).within(file->place_);
    }
    return file;
}

PluginFile::~PluginFile() {
    if (handle_ != nullptr && !kept_) {
        ::dlclose(handle_);
    }
}

Result<void> PluginFile::find_builtin(const std::string& name) {
    const flowgauge_plugin* found = find_builtin_plugin(name);
    if (found == nullptr) {
        return usage(format(
            "there is no such plugin{}; there are {}",
            did_you_mean(nearest_word(name, builtin_plugin_names())),
            join(builtin_plugin_names(), ", ")
        ));
    }
    return take(found);
}

// RTLD_NOW: what it lacks shows now, and no call is resolved on the packet path. RTLD_LOCAL: two
// plugins do not see each other's names.
Result<void> PluginFile::load() {
    const flowgauge_plugin* offered = nullptr;
    try {
        handle_ = ::dlopen(place_.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (handle_ == nullptr) {
            return usage(format(
                "cannot be loaded: {}; give the path of a plugin built as a shared object (a name "
                "without a slash is looked for in {})",
                last_error(place_),
                plugin_directory()
            ));
        }
        const auto entry =
            reinterpret_cast<flowgauge_plugin_entry_function>(::dlsym(handle_, kEntry));
        if (entry == nullptr) {
            return usage(format(
                "does not export {}(); a plugin of flowgauge does (FLOWGAUGE_PLUGIN in "
                "<flowgauge/plugin.hpp>, or a function of that name with C linkage and default "
                "visibility)",
                kEntry
            ));
        }
        offered = entry(FLOWGAUGE_PLUGIN_ABI);
    } catch (const std::exception& error) {
        return usage(
            format("threw while it was loaded: {}; its {}() must not", error.what(), kEntry)
        );
    } catch (...) {
        return usage(format("threw while it was loaded; its {}() must not", kEntry));
    }
    code_ = code_of(handle_);
    return take(offered);
}

Result<void> PluginFile::take(const flowgauge_plugin* offered) {
    if (offered == nullptr) {
        return usage(format(
            "does not want this flowgauge, which has ABI {}; rebuild it against "
            "<flowgauge/plugin.h> of "
            "this version",
            FLOWGAUGE_PLUGIN_ABI
        ));
    }
    if (offered->abi_version != FLOWGAUGE_PLUGIN_ABI) {
        return usage(format(
            "built for ABI {}, this flowgauge has {}; rebuild it against <flowgauge/plugin.h> of "
            "this version",
            offered->abi_version,
            FLOWGAUGE_PLUGIN_ABI
        ));
    }
    if (offered->size < kSizeMin) {
        return usage(format(
            "its flowgauge_plugin has {} bytes, at least {} are right; set size to "
            "sizeof(flowgauge_plugin)",
            offered->size,
            kSizeMin
        ));
    }
    std::memcpy(&functions_, offered, std::min<std::size_t>(offered->size, sizeof functions_));
    if (functions_.configure == nullptr || functions_.columns == nullptr ||
        functions_.flow_bytes == nullptr || functions_.open == nullptr) {
        return usage("has no configure(), columns(), flow_bytes() or open(); these may not be null"
        );
    }
    return {};
}

}  // namespace flowgauge
