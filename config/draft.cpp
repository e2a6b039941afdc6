#include "config/draft.h"

#include "config/configuration_files.h"
#include "config/draft_reader.h"
#include "config/environment.h"
#include "config/value_text.h"

#include <algorithm>
#include <set>
#include <utility>

namespace flowgauge {
namespace {

const Place* place_in(const std::vector<Given>& all, std::string_view key) noexcept {
    const auto found = std::ranges::find(all, key, &Given::key);
    if (found != all.end()) {
        return &found->place;
    }
    for (const Given& given : all) {  // "features.syn_ratio"
        for (std::size_t i = 0; i < given.places.size(); ++i) {
            if (key == given.key + "." + given.texts[i].substr(0, given.texts[i].find('='))) {
                return &given.places[i];
            }
        }
    }
    return nullptr;
}

// Reads files in the order in which they are named, each with its includes behind it.
class FileWalk {
public:
    FileWalk(const ConfigurationSources& sources, Draft& draft, Problems& problems)
        : sources_(sources),
          draft_(draft),
          problems_(problems) {}

    void read_all() {
        if (sources_.text) {
            read_text(sources_.path, *sources_.text, 0);
        } else if (!sources_.path.empty()) {
            read_file(sources_.path, {.source = sources_.path}, 0);
        }
    }

private:
    // `named_at`: where the name of the file stands, for when it cannot be read.
    void read_file(const std::string& path, const Place& named_at, std::size_t depth) {
        if (!seen_.insert(path).second) {
            problems_.add(named_at, "include", in_quotes(path) + " is included twice");
            return;
        }
        if (seen_.size() > kIncludedFilesMax + 1) {
            problems_.add(
                named_at, "include", "more than " + std::to_string(kIncludedFilesMax) + " files"
            );
            return;
        }
        Result<std::string> text = read_text_file(path, kConfigurationFileBytesMax);
        if (text) {
            read_text(path, text.value(), depth);
            return;
        }
        problems_.add(named_at, depth == 0 ? "" : "include", text.error().message);
    }

    void read_text(const std::string& path, const std::string& text, std::size_t depth) {
        problems_.visit(path);
        const std::optional<YamlNode> document = parse_yaml(path, text, problems_);
        if (!document) {
            return;
        }
        DraftReader reader(sources_.environment, draft_, problems_);
        reader.read(*document, depth == 0);
        for (const DraftReader::Include& include : reader.includes()) {
            follow(path, include, depth + 1);
        }
    }

    void follow(const std::string& path, const DraftReader::Include& include, std::size_t depth) {
        if (depth > kIncludeDepthMax) {
            problems_.add(
                include.place,
                "include",
                "more than " + std::to_string(kIncludeDepthMax) + " levels of files"
            );
            return;
        }
        if (sources_.text) {
            problems_.add(include.place, "include", "needs a file whose folder it begins in");
            return;
        }
        Result<std::vector<std::string>> files = matching_files(path, include.pattern);
        if (!files) {
            problems_.add(include.place, "include", files.error().message);
            return;
        }
        for (const std::string& file : files.value()) {
            read_file(file, include.place, depth);
        }
    }

    const ConfigurationSources& sources_;
    Draft& draft_;
    Problems& problems_;
    std::set<std::string> seen_;
};

}  // namespace

const Place* Draft::place_of(std::string_view key) const noexcept {
    if (const Place* place = place_in(given, key)) {
        return place;
    }
    for (const auto& [list, all] : elements) {
        for (const Element& element : all) {
            if (key == element.key || key.starts_with(element.key + ".")) {
                const Place* place = place_in(element.given, key);
                return place != nullptr ? place : &element.place;
            }
        }
    }
    return nullptr;
}

bool Draft::is_wrong(std::string_view key) const noexcept {
    return std::ranges::any_of(elements, [key](const auto& list) {
        return std::ranges::any_of(list.second, [key](const Element& element) {
            const auto found = std::ranges::find(element.given, key, &Given::key);
            return found != element.given.end() && found->is_wrong;
        });
    });
}

Draft read_draft(const ConfigurationSources& sources, Problems& problems) {
    Draft draft;
    FileWalk(sources, draft, problems).read_all();
    override_from_environment(sources.environment, draft, problems);
    return draft;
}

}  // namespace flowgauge
