"""From what JSON has to a Python value: the tags of docs/codec.md, sharing and cycles."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .arrow import decode_arrow
from .build import begin, fill, fill_pairs
from .collection_tags import COLLECTION_TAGS
from .leaf_tags import LEAF_TAGS, read_base64
from .namespace import Namespace
from .opaque import Opaque, set_opaque_text
from .path import Step
from .spans import texts_at
from .text import SAFE_INTEGER, Malformed, Unholdable, read_json

_TAG = re.compile(r"\$[a-z][a-z0-9-]*\Z")
_ESCAPE_IN_TAG = re.compile(r'\{[ \t\r\n]*"\$(?!\$)[^"\\]*\\')
BUILT_TAGS = COLLECTION_TAGS | frozenset(
    ("$map", "$set", "$tuple", "$frozenset", "$bytearray", "$dataclass", "$model", "$generic", "$namedtuple", "$enum", "$flag")
)
_NO_IDENTITY = frozenset(("$number", "$bigint", "$undefined", "$def", "$ref"))
_NOTHING: Any = object()


class KeptWhole(Exception):
    """An id stands inside something that Python keeps as text: the attribute can only be kept
    whole."""


def decode_text(text: str, namespace: Namespace) -> Any:
    """@raises Malformed, KeptWhole"""
    tree = read_json(text)
    if '"$' not in text:
        return tree
    if _ESCAPE_IN_TAG.search(text):
        raise Malformed("has an escape in the name of a tag", "the text")
    walk = Decoder(namespace)
    if '"$def"' in text or '"$ref"' in text:
        walk.find_definitions(tree)
    try:
        value = walk.value(tree)
    except Malformed as error:
        error.position = error.position or walk.position()
        raise
    if walk.opaque:
        texts = texts_at(text, (path for path, _ in walk.opaque))
        for path, opaque in walk.opaque:
            set_opaque_text(opaque, texts[path])
    return value


class Decoder:
    """One walk over the tree of one attribute."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.opaque: list[tuple[tuple[Step, ...], Opaque]] = []
        self._path: list[Step] = []
        # By id: where the definition stands, and what it defines.
        self._definitions: dict[int, tuple[tuple[Step, ...], Any]] = {}
        self._made: dict[int, Any] = {}
        self._being_made: set[int] = set()

    def position(self) -> str:
        return "the path " + "".join(f"[{step!r}]" for step in self._path) if self._path else "the value"

    def value(self, node: Any) -> Any:
        kind = type(node)
        if kind is dict:
            tag = self._tag(node)
            return self._tagged(tag, node) if tag is not None else self.fill_dict({}, node)
        if kind is list:
            return self.fill_list([], node)
        return node

    def child(self, step: Step, node: Any) -> Any:
        kind = type(node)
        if kind is not dict and kind is not list:
            return node
        self._path.append(step)
        result = self.value(node)
        self._path.pop()
        return result

    def fill_list(self, result: list[Any], node: list[Any]) -> list[Any]:
        for index, item in enumerate(node):
            result.append(self.child(index, item))
        return result

    def fill_dict(self, result: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
        for key, item in node.items():
            name = key[1:] if key[:1] == "$" else key
            result[name] = self.child(key, item)
        return result

    def fill_pairs(self, result: Any, node: Any) -> Any:
        return fill_pairs(result, node, self)

    def items(self, node: Any, what: str) -> list[Any]:
        if type(node) is not list:
            raise Malformed(f"is not {what}")
        return self.fill_list([], node)

    def _tag(self, node: dict[str, Any]) -> str | None:
        """The name of the tag that this object is, or None for an object of the app's."""
        for key in node:
            if key[:1] != "$" or key[1:2] == "$":
                continue
            if len(node) > 1:
                raise Malformed("has a tag beside another key", self.position())
            if _TAG.match(key) is None:
                raise Malformed("has a tag whose name is of another form", self.position())
            return key
        return None

    def _tagged(self, tag: str, node: dict[str, Any]) -> Any:
        payload = node[tag]
        if tag == "$def":
            return self._define(payload)
        if tag == "$ref":
            return self._refer(payload)
        start, opaque_before = len(self._path), len(self.opaque)
        self._path.append(tag)
        try:
            if tag in BUILT_TAGS:
                made = begin(tag, payload, self.namespace)
                result = fill(tag, made, payload, self)
            elif tag in LEAF_TAGS:
                result = LEAF_TAGS[tag](payload)
            elif tag == "$arrow":
                result = decode_arrow(read_base64(payload), self.namespace)
            else:
                raise Unholdable
        except Unholdable:
            del self._path[start:]
            del self.opaque[opaque_before:]
            return self._keep(tag, payload)
        self._path.pop()
        return result

    def _keep(self, tag: str, payload: Any) -> Opaque:
        if self._definitions_matter and _has_ids(payload):
            raise KeptWhole
        opaque = Opaque(tag[1:])
        self.opaque.append((tuple(self._path), opaque))
        return opaque

    # Sharing and cycles

    _definitions_matter = False

    def find_definitions(self, tree: Any) -> None:
        self._definitions_matter = True
        waiting: list[tuple[tuple[Step, ...], Any]] = [((), tree)]
        while waiting:
            path, node = waiting.pop()
            if type(node) is list:
                waiting.extend(((*path, index), item) for index, item in enumerate(node))
            elif type(node) is dict:
                tag = self._tag(node)
                if tag == "$def":
                    number, definition = self._definition(node["$def"])
                    if number in self._definitions:
                        raise Malformed(f"has the id {number} defined twice", "the text")
                    self._definitions[number] = ((*path, "$def", 1), definition)
                elif tag is not None and tag != "$ref" and tag not in BUILT_TAGS and tag not in LEAF_TAGS:
                    # What is inside an unknown tag is left alone.
                    if _has_ids(node[tag]):
                        raise KeptWhole
                    continue
                waiting.extend(((*path, key), item) for key, item in node.items())

    def _definition(self, payload: Any) -> tuple[int, Any]:
        if type(payload) is not list or len(payload) != 2 or not _is_id(payload[0]):
            raise Malformed("has a definition that is not a list of id and object", "the text")
        target = payload[1]
        if type(target) not in (list, dict) or (type(target) is dict and len(target) == 1 and next(iter(target)) in _NO_IDENTITY):
            raise Malformed("has a definition of something that has no identity", "the text")
        return payload[0], target

    def _define(self, payload: Any) -> Any:
        number, target = self._definition(payload)
        self._path += ["$def", 1]
        result = self._shared(number, target, fill_now=True)
        del self._path[-2:]
        return result

    def _refer(self, number: Any) -> Any:
        if not _is_id(number) or number not in self._definitions:
            raise Malformed("refers to an id that is not defined", self.position())
        if number in self._made:
            return self._made[number]
        here = self._path
        path, target = self._definitions[number]
        self._path = list(path)
        result = self._shared(number, target, fill_now=False)
        self._path = here
        return result

    def _shared(self, number: int, target: Any, fill_now: bool) -> Any:
        tag = self._tag(target) if type(target) is dict else "list"
        made = self._made.get(number, _NOTHING)
        if made is _NOTHING and (maker := _EMPTY.get(tag or "dict")) is not None:
            made = self._made[number] = maker()
        elif made is _NOTHING and tag in _BEGUN:
            made = self._made[number] = begin(str(tag), target[tag], self.namespace)
        if made is _NOTHING:
            # It cannot be made empty: it is made whole when it is first needed.
            if number in self._being_made:
                raise Malformed("has a value inside itself that cannot be", self.position())
            self._being_made.add(number)
            made = self._made[number] = self.value(target)
        elif fill_now:
            self._fill_shared(tag, made, target)
        return made

    def _fill_shared(self, tag: str | None, made: Any, target: Any) -> None:
        if tag == "list":
            self.fill_list(made, target)
        elif tag is None:
            self.fill_dict(made, target)
        else:
            if type(made) is Opaque:
                return
            self._path.append(tag)
            try:
                fill(tag, made, target[tag], self)
            except Unholdable:
                # Others may hold the half filled one already.
                raise KeptWhole from None
            self._path.pop()


_EMPTY: dict[str, Callable[[], Any]] = {"list": list, "dict": dict, "$map": dict, "$set": set, "$bytearray": bytearray}


# Made without their content by what their class or type is.
_BEGUN = (COLLECTION_TAGS - {"$slice"}) | {"$dataclass", "$model"}


def _is_id(number: Any) -> bool:
    return type(number) is int and 0 <= number <= SAFE_INTEGER


def _has_ids(node: Any) -> bool:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if type(node) is dict:
            if "$def" in node or "$ref" in node:
                return True
            waiting.extend(node.values())
        elif type(node) is list:
            waiting.extend(node)
    return False
