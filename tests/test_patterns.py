"""Patterns that are compiled at their first use."""

import re
import subprocess
import sys

from repair.patterns import lazy


def test_it_finds_what_the_pattern_finds() -> None:
    given, text = r"(?P<year>\d{4})年", "2020年，2021年"
    form, same = lazy(given), re.compile(given)
    assert [m["year"] for m in form.finditer(text)] == [m["year"] for m in same.finditer(text)]
    assert (form.pattern, form.findall(text), form.sub("", text), form.split(text)) == (
        (same.pattern, same.findall(text), same.sub("", text), same.split(text))
    )


def test_its_flags_and_other_attributes_are_those_of_the_pattern() -> None:
    assert lazy("^b", re.MULTILINE).search("a\nb")
    assert lazy("(?P<a>x)").groupindex == {"a": 1}


def test_one_character_needs_few_of_the_patterns() -> None:
    script = (
        "import repair, repair.patterns as patterns\n"
        "made, init = [], patterns._Lazy.__init__\n"
        "patterns._Lazy.__init__ = lambda one, *given: made.append(one) or init(one, *given)\n"
        "repair.fix('文')\n"
        "print(sum('search' in vars(one) for one in made), len(made))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    compiled, every = map(int, said.stdout.split())
    assert 10 * compiled < every
