"""The file of a model, docs/MODELS.md: its lines, how they are read back, and what flowgauge loads at most."""

from __future__ import annotations

import math
import os
from typing import Iterable, Iterator

from .ensemble import Model, ModelError, Node, require

_INPUTS_MAX = 4096
_CLASSES_MAX = 4096
_TREES_MAX = 1 << 20
_NODES_MAX = 64 << 20
_NAME_MAX = 1024
_DEPTH_MAX = 4096


def check_bounds(model: Model) -> None:
    for what, count, most in (
        ("inputs", len(model.inputs), _INPUTS_MAX),
        ("classes", len(model.classes), _CLASSES_MAX),
        ("trees", len(model.trees), _TREES_MAX),
        ("nodes", sum(len(nodes) for _, nodes in model.trees), _NODES_MAX),
    ):
        require(count <= most, f"{count} {what}: flowgauge loads at most {most}; train fewer or smaller trees")
    require(bool(model.trees), "the model has no trees")
    require(len(set(model.inputs)) == len(model.inputs), "a column is named twice")
    for name in [*model.inputs, *(str(label) for label in model.classes)]:
        require(len(name.encode()) <= _NAME_MAX, f'the name "{name[:40]}..." has more than {_NAME_MAX} bytes')
    require(len({str(label) for label in model.classes}) == len(model.classes), "two classes have the same name")
    for _, nodes in model.trees:
        require(_depth(nodes) <= _DEPTH_MAX, f"a tree is more than {_DEPTH_MAX} splits deep; bound max_depth")
        for node in nodes:
            fine = all(math.isfinite(v) for v in node.values) and not math.isnan(node.threshold)
            require(fine, "a tree has a value that is not finite")


def _depth(nodes: list[Node]) -> int:
    deepest, depth, waiting = 0, 0, []
    for node in nodes:
        deepest = max(deepest, depth)
        if node.feature >= 0:
            waiting.append(depth)
            depth += 1
        elif waiting:
            depth = waiting.pop() + 1
    return deepest


def lines_of(model: Model) -> Iterator[str]:
    yield "flowgauge-model 1"
    yield f"source {_escaped(model.source)}"
    yield f"inputs {len(model.inputs)}"
    for name in model.inputs:
        yield f"input {_escaped(name)}"
    for kind, values in model.steps:
        yield f"prepare {kind} {_numbers(values)}"
    yield f"cast {model.cast}"
    if model.tiny:
        yield f"tiny {_number(model.tiny)}"
    yield f"missing {'yes' if model.missing else 'no'}"
    yield f"infinite {'yes' if model.infinite else 'no'}"
    yield f"compare {model.compare}"
    yield "classes none" if model.label == "none" else f"classes {model.label} {len(model.classes)}"
    for label in model.classes:
        yield f"class {_escaped(_number(label) if model.label == 'real' else str(label))}"
    yield f"values {model.values}"
    if model.combine == "mean":
        yield "combine mean"
    else:
        yield f"combine sum {model.precision}"
        yield f"base {'first' if model.base_first else 'last'} {_numbers(model.base)}"
        yield f"divide {model.divide}"
    yield f"link logistic {_number(model.scale)}" if model.link == "logistic" else f"link {model.link}"
    yield f"decide {model.decide}"
    yield f"trees {len(model.trees)}"
    for group, nodes in model.trees:
        yield f"tree {len(nodes)}" if model.combine == "mean" else f"tree {group} {len(nodes)}"
        for node in nodes:
            if node.feature < 0:
                yield f"= {_numbers(node.values)}"
            else:
                yield f"{node.feature} {_number(node.threshold)} {node.way}"
    yield "end"


def _number(value: float) -> str:
    """The shortest text that is this number of 64 bits."""
    return repr(float(value))


def _numbers(values: Iterable[float]) -> str:
    return " ".join(_number(value) for value in values)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _unescaped(text: str) -> str:
    meant = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
    out, characters = [], iter(text)
    for character in characters:
        out.append(meant[next(characters)] if character == "\\" else character)
    return "".join(out)


def load(path: str | os.PathLike[str]) -> Model:
    """Reads what export() wrote. flowgauge itself checks more: this is for looking at models that one trusts."""
    with open(path, encoding="utf-8", newline="\n") as file:
        text = file.read()
    try:
        return _parse(iter(text.split("\n")))
    except (ValueError, IndexError, KeyError, StopIteration) as error:
        raise ModelError(f"{os.fspath(path)} is no model of flowgauge: {error}") from error


def _parse(lines: Iterator[str]) -> Model:
    model = Model()

    def line(key: str) -> str:
        found, _, rest = next(lines).partition(" ")
        require(found == key, f'"{key}" is expected, not "{found}"')
        return rest

    require(line("flowgauge-model") == "1", "another version of the format")
    model.source = _unescaped(line("source"))
    model.inputs = [_unescaped(line("input")) for _ in range(int(line("inputs")))]
    key, _, rest = next(lines).partition(" ")
    while key == "prepare":
        kind, *values = rest.split()
        model.steps.append((kind, [float(value) for value in values]))
        key, _, rest = next(lines).partition(" ")
    require(key == "cast", f'"cast" is expected, not "{key}"')
    model.cast = rest
    key, _, rest = next(lines).partition(" ")
    if key == "tiny":
        model.tiny = float(rest)
        rest = line("missing")
    model.missing = rest == "yes"
    model.infinite = line("infinite") == "yes"
    model.compare = line("compare")
    model.label, *count = line("classes").split()
    read = {"text": str, "integer": int, "real": float, "none": str}[model.label]
    model.classes = [read(_unescaped(line("class"))) for _ in range(int(count[0]) if count else 0)]
    model.values = int(line("values"))
    model.combine, *precision = line("combine").split()
    if model.combine == "sum":
        model.precision = precision[0]
        place, *base = line("base").split()
        model.base_first, model.base = place == "first", [float(value) for value in base]
        model.divide = int(line("divide"))
    model.link, *scale = line("link").split()
    model.scale = float(scale[0]) if scale else 1.0
    model.decide = line("decide")
    for _ in range(int(line("trees"))):
        *group, nodes = line("tree").split()
        parsed = [_parse_node(next(lines).split()) for _ in range(int(nodes))]
        model.trees.append((int(group[0]) if group else 0, parsed))
    return model


def _parse_node(words: list[str]) -> Node:
    if words[0] == "=":
        return Node(-1, values=[float(value) for value in words[1:]])
    return Node(int(words[0]), float(words[1]), words[2])
