"""Documents: both languages say the same, as far as that can be seen; links, names and figures are true."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from scripts.build.make_samples import MOST_BYTES, SAMPLES
from scripts.evaluate.quality import documents
from tests.support.documents import ROOT

ENGLISH = """# One

    edge-tts say "你好。"       # it plays

## Two

| command | meaning |
|---|---|
| `edge-tts stop` | silence, `stop` |

```text
$ edge-tts voices
```
"""
CHINESE = """# 一

    edge-tts say "你好。"       # 播放

## 二

| 命令 | 含义 |
|---|---|
| `edge-tts stop` | `stop`，安静 |

```text
$ edge-tts voices
```
"""


def test_all_documents_are_well() -> None:
    assert list(documents.faults()) == []


def test_two_texts_that_say_the_same_do_not_differ() -> None:
    assert list(documents.differences(ENGLISH, CHINESE)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## 二", "### 二", "headings of the levels"),
        ("## 二\n", "", "headings of the levels"),
        ("edge-tts say", "edge-tts voices", "block 1 has"),
        ("你好。", "再见。", "block 1 has"),
        ("$ edge-tts voices\n", "", "block 2 has"),
        ("| `edge-tts stop` | `stop`，安静 |\n", "", "table 1 has 3 and 2 rows"),
        ("| `edge-tts stop` | `stop`，安静 |", "| `edge-tts stop` | `stop` | 安静 |", "table 1 has the row"),
        ("`stop`，安静", "安静", "table 1 has the row"),
        ("| 命令 | 含义 |\n|---|---|\n| `edge-tts stop` | `stop`，安静 |\n", "", "1 and 0 tables"),
    ],
)
def test_a_difference_between_languages_is_found(old: str, new: str, said: str) -> None:
    changed = CHINESE.replace(old, new)
    assert changed != CHINESE
    assert any(one.startswith(said) for one in documents.differences(ENGLISH, changed))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("`python -m scripts.evaluate.nothing`", "the module scripts.evaluate.nothing"),
        ("Run `python -m\nscripts.evaluate.nothing` twice.", "the module scripts.evaluate.nothing"),
        ("    edge-tts sing", "sing of edge-tts sing"),
        ("    echo x | edge-tts say --loud -", "--loud of edge-tts say --loud -"),
        ("    sudo -u edge-tts A=/b /opt/edge-tts/bin/edge-tts models instal x", "instal of edge-tts models instal x"),
        ("`edge-tts disk evict --all`", "--all of edge-tts disk evict --all"),
        ("`edge_tts/nowhere.py`", "the file edge_tts/nowhere.py"),
        ("| `disk.budget` |", "the key disk.budget"),
    ],
)
def test_a_name_that_does_not_exist_is_found(text: str, said: str) -> None:
    assert list(documents.unknown_names(text)) == [said]


def test_names_that_exist_are_no_faults() -> None:
    text = """
    sudo install -d -o edge-tts -g edge-tts /var/lib/edge-tts
    edge-tts say -v zm_yunxi --speed 1.2 "快 --loud 一点"   # see edge-tts sing
    edge-tts text "-5度"

`disk.budget_bytes`, `done.stats`, `edge_tts/text/`, `models/*.toml`, `python -m scripts.evaluate.speed.peers`
"""
    assert list(documents.unknown_names(text)) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# A `code` heading, and more\n\n## 限制\n")
    page = tmp_path / "page.md"
    page.write_text("[a](other.md#a-code-heading-and-more) [b](other.md#限制) [c](https://example.org/x) `[d](e)`\n")
    assert list(documents.dead_links(page)) == []
    page.write_text("# Here\n\n[a](#here) [b](#there) [c](none.md) [d](other.md#none)\n")
    assert [one.split(",")[0] for one in documents.dead_links(page)] == [
        "a link to #there",
        "a link to none.md",
        "a link to other.md#none",
    ]


def test_every_document_that_code_names_is_there() -> None:
    files = [path for folder in ("edge_tts", "scripts", "tests", "examples") for path in ROOT.glob(f"{folder}/**/*.*")]
    named = {
        (name, path.relative_to(ROOT))
        for path in files
        if path.suffix in (".py", ".mjs", ".toml", ".c")
        for name in re.findall(r"\bdocs/[\w/.-]+\.md\b", path.read_text("utf-8"))
    }
    assert len({name for name, _ in named}) > 5
    assert [
        where for where in named if not (ROOT / where[0]).exists() and where[1] != Path(__file__).relative_to(ROOT)
    ] == []


def test_a_message_that_nothing_says_is_found() -> None:
    said = 'f"no voice is called {name!r}; there are: "'
    assert list(documents.unsaid("“no voice is called …”, “拇指向上”", said)) == []
    assert len(list(documents.unsaid("“no voice is named …”", said))) == 1


def test_what_is_too_long_is_found() -> None:
    assert list(documents.too_long("一" * 120 + "\n")) == []
    assert len(list(documents.too_long("一" * 121 + "\n" * 120))) == 1
    assert len(list(documents.too_long("a\n" * 121))) == 1


def test_the_check_looks_at_every_user_document(tmp_path: Path) -> None:
    for path in documents.documents():
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    for name in documents.USER_DOCUMENTS:
        chinese = tmp_path / "docs" / "zh" / f"{name}.md"
        chinese.write_text(chinese.read_text("utf-8") + "\n## 多出来的\n", "utf-8")
    found = "\n".join(documents.faults(tmp_path))
    assert re.findall(r"docs/zh/([A-Z-]+)\.md: headings", found) == list(documents.USER_DOCUMENTS)


@pytest.mark.parametrize("name", documents.PAIRS[0])
def test_no_command_of_the_readme_needs_a_file_that_nobody_has(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"^    edge-tts .*\b(?:notice|prompts)\.txt", text, re.MULTILINE)


def test_no_figure_is_of_a_tree_with_changes() -> None:
    results = sorted((ROOT / "docs" / "measurements" / "benchmarks").glob("*.json"))
    assert results
    for path in results:
        assert re.fullmatch(r"[0-9a-f]{7,}", json.loads(path.read_text("utf-8"))["commit"]), path.name


def test_the_samples_are_small_and_each_is_described() -> None:
    folder = ROOT / "docs" / "samples"
    files = {path.stem: path.stat().st_size for path in folder.glob("*.mp3")}
    assert sum(files.values()) <= MOST_BYTES
    assert set(files) == {name for name, _, _ in SAMPLES}
    page = (folder / "README.md").read_text("utf-8")
    for name, voice, text in SAMPLES:
        assert f"| [{name}.mp3]({name}.mp3) | `{voice}` | {text} | Apache-2.0 |" in page
