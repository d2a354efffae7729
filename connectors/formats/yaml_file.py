"""Reads YAML that people write: every value stays the text it is, so that 22:00 is no number and `no` no truth."""

from typing import Any

import yaml

from gateway.domain.errors import Misuse


class _Loader(yaml.BaseLoader):
    """A key that stands twice is a mistake: YAML itself would let the last one win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} stands here twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(text: str) -> Any:
    """Mappings, lists and texts. Raises Misuse with the line."""
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise Misuse(" ".join(str(error).split())) from error
