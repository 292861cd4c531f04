"""Names of output files: what ``filename_prefix`` stands for, and what it may not be.

%width% %height%                        of the picture
%year% %month% ... %second%             now, on the server's clock
%date:yyyy-MM-dd%                       the same in a form of its own: d dd M MM yy yyyy h hh m mm s ss
%3.seed% %KSampler.seed% %Title.seed%   the input of a node, by its id, its title or its class
"""

import re
import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

LONGEST_PREFIX = 200
# file systems count bytes, and number and ending follow
LONGEST_PART = 200
TOKEN = re.compile(r"%([^%/\\]+)%")
DATE_PART = re.compile(r"yyyy|yy|MM?|dd?|hh?|mm?|ss?")
UNSAFE = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')
CONTROL = re.compile(r"[\x00-\x1f\x7f:]")


def expanded(prefix: str, prompt: Mapping[str, Any], width: int, height: int, now: time.struct_time) -> str:
    """A prefix with its ``%...%`` replaced; what means nothing stays as it is."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("date:"):
            return _date(name.removeprefix("date:"), now)
        known = _known(width, height, now)
        return known[name] if name in known else _input(name, prompt, match[0])

    return TOKEN.sub(value, prefix)


def problem_of(prefix: str) -> str | None:
    """What is wrong with an expanded prefix, or None: it may lead into folders below the output folder only."""
    parts = prefix.replace("\\", "/").split("/")
    if ".." in parts or (not parts[0] and len(parts) > 1) or CONTROL.search(prefix):
        return "it leads out of the output folder"
    if any(len(part.encode(errors="replace")) > LONGEST_PART for part in parts):
        return f"a name in it has more than {LONGEST_PART} bytes"
    return None


def problem_before_run(prefix: str) -> str | None:
    """The same before the values are known, which can bring no new folder."""
    if len(prefix) > LONGEST_PREFIX:
        return f"it has more than {LONGEST_PREFIX} characters"
    return problem_of(TOKEN.sub("0", prefix))


def folder_and_stem(prefix: str) -> tuple[str, str]:
    """The folder below the output folder, and what the file names begin with."""
    path = PurePosixPath(prefix.replace("\\", "/"))
    folder = str(path.parent)
    return ("" if folder == "." else folder), path.name


def _known(width: int, height: int, now: time.struct_time) -> dict[str, str]:
    return {
        "width": str(width),
        "height": str(height),
        "year": str(now.tm_year),
        "month": f"{now.tm_mon:02}",
        "day": f"{now.tm_mday:02}",
        "hour": f"{now.tm_hour:02}",
        "minute": f"{now.tm_min:02}",
        "second": f"{now.tm_sec:02}",
    }


def _date(form: str, now: time.struct_time) -> str:
    numbers = {"M": now.tm_mon, "d": now.tm_mday, "h": now.tm_hour, "m": now.tm_min, "s": now.tm_sec}

    def part(match: re.Match[str]) -> str:
        if match[0].startswith("y"):
            return str(now.tm_year)[-len(match[0]) :]
        return f"{numbers[match[0][0]]:0{len(match[0])}}"

    return UNSAFE.sub("_", DATE_PART.sub(part, form))


def _input(name: str, prompt: Mapping[str, Any], unknown: str) -> str:
    node, _, key = name.rpartition(".")
    entry = _node(node, prompt)
    value = entry.get("inputs", {}).get(key) if entry else None
    # a link is no value that a person would know
    return unknown if value is None or isinstance(value, list | dict) else UNSAFE.sub("_", str(value))


def _node(name: str, prompt: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if name in prompt:
        return prompt[name]
    titled = [each for each in prompt.values() if _title(each) == name]
    classed = [each for each in prompt.values() if each["class_type"] == name]
    return next(iter([*titled, *classed]), None)


def _title(node: Mapping[str, Any]) -> str | None:
    meta = node.get("_meta")
    return meta.get("title") if isinstance(meta, Mapping) else None  # pyright: ignore
