// The one place that names yaml-cpp. Its events are taken, not its nodes: nodes lose repeated keys,
// and expand aliases without a bound.
#include "config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <map>
#include <sstream>
#include <utility>

namespace flowgauge {
namespace {

class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(const std::string& source, Problems& problems)
        : source_(source),
          problems_(problems) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(anchor, node(YamlNode::Kind::kNull, mark));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchored_.find(anchor);
        if (found == anchored_.end()) {
            fail(mark, "an alias inside of what it stands for");
            return;
        }
        if (count(found->second.nodes, mark)) {
            add(0, found->second.node);
        }
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override {
        refuse_tag(mark, tag);
        YamlNode text = node(YamlNode::Kind::kText, mark);
        text.text = value;
        add(anchor, std::move(text));
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/
    ) override {
        open(YamlNode::Kind::kList, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/
    ) override {
        open(YamlNode::Kind::kMap, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

    [[nodiscard]] bool has_failed() const noexcept { return failed_; }
    [[nodiscard]] YamlNode take() { return std::move(root_); }

private:
    struct Anchored {
        YamlNode node;
        std::size_t nodes;
    };
    // A list or map whose end has not come.
    struct Open {
        YamlNode node;
        YAML::anchor_t anchor;
        std::size_t nodes_before;
        bool at_value = false;  // the key of a map was the last to come
    };

    [[nodiscard]] YamlNode node(YamlNode::Kind kind, const YAML::Mark& mark) const {
        YamlNode made;
        made.kind = kind;
        made.place = place(mark);
        return made;
    }

    [[nodiscard]] Place place(const YAML::Mark& mark) const {
        return {
            .source = source_,
            .line = static_cast<std::uint32_t>(mark.line) + 1,
            .column = static_cast<std::uint32_t>(mark.column) + 1};
    }

    // Of the first fault only: what follows it may be its consequence.
    void fail(const YAML::Mark& mark, std::string_view message) {
        if (!failed_) {
            problems_.add(place(mark), "", message);
        }
        failed_ = true;
    }

    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            fail(mark, "tags are not supported; write the value without it");
        }
    }

    bool count(std::size_t nodes, const YAML::Mark& mark) {
        nodes_ += nodes;
        if (nodes_ > kYamlNodesMax) {
            fail(mark, "more than " + std::to_string(kYamlNodesMax) + " values, aliases included");
        }
        return !failed_;
    }

    void open(
        YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor
    ) {
        refuse_tag(mark, tag);
        if (open_.size() >= kYamlDepthMax) {
            fail(mark, "more than " + std::to_string(kYamlDepthMax) + " levels");
        }
        if (count(1, mark)) {
            open_.push_back({.node = node(kind, mark), .anchor = anchor, .nodes_before = nodes_});
        }
    }

    void close() {
        if (failed_) {
            return;
        }
        Open done = std::move(open_.back());
        open_.pop_back();
        keep(done.anchor, done.node, nodes_ - done.nodes_before + 1);
        place_in_parent(std::move(done.node));
    }

    void add(YAML::anchor_t anchor, YamlNode leaf) {
        ++nodes_;
        if (failed_) {
            return;
        }
        keep(anchor, leaf, 1);
        place_in_parent(std::move(leaf));
    }

    void keep(YAML::anchor_t anchor, const YamlNode& node, std::size_t nodes) {
        if (anchor != 0) {
            anchored_.insert_or_assign(anchor, Anchored{.node = node, .nodes = nodes});
        }
    }

    void place_in_parent(YamlNode child) {
        if (open_.empty()) {
            root_ = std::move(child);
            return;
        }
        Open& parent = open_.back();
        const bool is_key = parent.node.kind == YamlNode::Kind::kMap && !parent.at_value;
        (is_key ? parent.node.keys : parent.node.items).push_back(std::move(child));
        parent.at_value = is_key;
    }

    const std::string& source_;
    Problems& problems_;
    YamlNode root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchored_;
    std::size_t nodes_ = 0;
    bool failed_ = false;
};

}  // namespace

std::optional<YamlNode> parse_yaml(
    const std::string& source, const std::string& text, Problems& problems
) {
    TreeBuilder builder(source, problems);
    YamlNode root;
    root.place = {.source = source, .line = 1, .column = 1};
    try {
        std::istringstream in(text);
        YAML::Parser parser(in);
        if (!parser.HandleNextDocument(builder)) {
            return root;
        }
        YamlNode built = builder.take();
        if (built.kind != YamlNode::Kind::kNull) {
            root = std::move(built);
        }
        if (!builder.has_failed() && parser.HandleNextDocument(builder)) {
            problems.add(root.place, "", "more than one document; leave out what follows \"---\"");
            return std::nullopt;
        }
    } catch (const YAML::Exception& error) {
        const Place place{
            .source = source,
            .line = static_cast<std::uint32_t>(error.mark.line + 1),
            .column = static_cast<std::uint32_t>(error.mark.column + 1)};
        problems.add(error.mark.is_null() ? root.place : place, "", error.msg);
        return std::nullopt;
    } catch (const std::exception& error) {
        problems.add(root.place, "", error.what());
        return std::nullopt;
    }
    return builder.has_failed() ? std::nullopt : std::optional(std::move(root));
}

}  // namespace flowgauge
