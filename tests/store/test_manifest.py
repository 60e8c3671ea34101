from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.engines.model import Voice
from edge_tts.errors import StoreError
from edge_tts.store.catalog import catalog, catalog_folder
from edge_tts.store.manifest import parse
from edge_tts.store.origins import FromArchive, FromFile, FromHub, FromPackages, FromUrl, Package
from tests.support.store_model import FILES, manifest

GRAPH = 'path = "graph.bin"'
REVISION = "0123456789abcdef0123456789abcdef01234567"


def with_source(source: str) -> str:
    return manifest(sources={"graph.bin": [source]})


def test_a_manifest_is_read_as_written() -> None:
    model = parse(manifest(), "here")
    assert (model.name, model.version, model.engine, model.sample_rate) == ("tiny", "1", "tone", 24000)
    assert model.voices == (Voice("one", "zh", "female"), Voice("two", "en", ""))
    assert [(file.path, file.role, file.size) for file in model.files] == [
        ("graph.bin", "graph", 3_500_000),
        ("voices/one.bin", "voice", 1200),
        ("voices/two.bin", "voice", 0),
    ]
    assert model.licences.data == "none"
    assert model.needs.installed_bytes == 3_501_200


@pytest.mark.parametrize(
    ("toml", "source"),
    [
        (
            '{ pip = [["a-b==1.0", "a_b/part.bin"], ["c==2", "c"]] }',
            FromPackages(((Package("pip", "a-b==1.0"), "a_b/part.bin"), (Package("pip", "c==2"), "c"))),
        ),
        (
            '{ npm = [["@s/a@1.2.3", "package/x"]] }',
            FromPackages(((Package("npm", "@s/a@1.2.3"), "package/x"),)),
        ),
        ('{ url = "https://example.org/x" }', FromUrl("https://example.org/x")),
        (
            f'{{ hub = "o/n", revision = "{REVISION}", path = "a/b.bin" }}',
            FromHub("hub", "o/n", REVISION, "a/b.bin"),
        ),
        (
            '{ modelscope = "o/n", revision = "v1.0", path = "b" }',
            FromHub("modelscope", "o/n", "v1.0", "b"),
        ),
        ('{ file = "/media/x.bin" }', FromFile("/media/x.bin")),
        ('{ file = "x.zip", member = "a/b" }', FromArchive(FromFile("x.zip"), "a/b")),
        (
            f'{{ url = "https://e.org/x", member = "b", size = 9, sha256 = "{"0" * 64}" }}',
            FromArchive(FromUrl("https://e.org/x"), "b", 9, "0" * 64),
        ),
    ],
)
def test_every_kind_of_source_is_read(toml: str, source: object) -> None:
    assert parse(with_source(toml), "here").files[0].sources == (source,)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[needs]", "[needs", "not TOML"),
        ('name = "tiny"', "", "name is missing"),
        ('name = "tiny"', 'name = "../tiny"', "name must be a string that matches"),
        ('name = "tiny"', 'name = "Tiny"', "is 'Tiny'"),
        ('name = "tiny"', 'name = ".."', "is '..'"),
        ('version = "1"', 'version = "1/2"', "is '1/2'"),
        ('version = "1"', 'version = "."', "is '.'"),
        ('version = "1"', 'version = "default"', "is 'default'"),
        ('version = "1"', "version = 1", "version must be a string"),
        ("sample_rate = 24000", "sample_rate = 24", "an integer from 8000 to 192000, is 24"),
        ("sample_rate = 24000", "sample_rate = true", "is True"),
        ('languages = ["zh", "en"]', "languages = []", "at least 1 entry"),
        ('languages = ["zh", "en"]', 'languages = ["zh"]', "voice two speaks 'en'"),
        ('tones = "lexical"', 'tones = "both"', "lexical|surface"),
        ('default_voice = "two"', 'default_voice = "three"', "'three' is none of its voices"),
        ('gender = "female"', 'gender = "f"', "female|male"),
        ('gender = "female"', 'sex = "female"', "unknown key 'sex'"),
        ('name = "two"', 'name = "one"', "voice one is there 2 times"),
        ('weights = "Apache-2.0"', "", "weights is missing"),
        ("[licences]", "[licenses]", "licences is missing"),
        ("memory_bytes = 0", "memory_bytes = -1", "memory_bytes must be an integer"),
        ("installed_bytes = 3501200", "installed_bytes = 3501201", "its files have 3501200"),
        (GRAPH, 'path = "/etc/passwd"', "is '/etc/passwd'"),
        (GRAPH, 'path = "../graph.bin"', "is '../graph.bin'"),
        (GRAPH, 'path = "a/../../graph.bin"', "is 'a/../../graph.bin'"),
        (GRAPH, 'path = "a//b"', "is 'a//b'"),
        (GRAPH, 'path = ".hidden"', "is '.hidden'"),
        (GRAPH, 'path = "a\\\\b"', "path must be"),
        (GRAPH, 'path = "graph.bin\\n"', "path must be"),
        (GRAPH, 'path = "manifest.toml"', "manifest.toml is there 2 times"),
        (GRAPH, 'path = "voices/one.bin"', "voices/one.bin is there 2 times"),
        (GRAPH, 'path = "voices"', "voices is a file and a folder"),
        ("size = 1200", "size = -1", "size must be an integer"),
        ("size = 1200", 'size = "1200"', "size must be an integer"),
        ('sha256 = "', 'sha256 = "0', "sha256 must be a string"),
    ],
)
def test_a_wrong_manifest_is_refused_with_what_is_wrong(old: str, new: str, message: str) -> None:
    text = manifest()
    assert old in text
    with pytest.raises(StoreError) as caught:
        parse(text.replace(old, new, 1), "here.toml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("manifest here.toml")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{}", "expected one of pip, npm, url, hub, modelscope, file"),
        ('{ ftp = "x" }', "has ftp"),
        ('{ url = "file:///etc/passwd" }', "https?"),
        ('{ url = "https://example.org/x", path = "y" }', "unknown key 'path'"),
        ('{ pip = ["a==1", "b"] }', "list of pairs"),
        ('{ pip = [["--index-url=x==1", "b"]] }', "--index-url"),
        ('{ pip = [["a>=1", "b"]] }', "a>=1"),
        ('{ pip = [["a==1", "../b"]] }', "../b"),
        ('{ npm = [["a@latest", "b"]] }', "a@latest"),
        ('{ npm = [["git+https://x/a@1", "b"]] }', "git+https"),
        ('{ hub = "o/n", revision = "main", path = "a" }', "'main'"),
        ('{ hub = "o/n", path = "a" }', "revision is missing"),
        ('{ modelscope = "o/n", revision = "master", path = "a" }', "'master'"),
        ('{ url = "https://e.org/x", member = "b" }', "size is missing"),
        ('{ file = "x.zip", member = "../b" }', "../b"),
    ],
)
def test_a_wrong_source_is_refused(source: str, message: str) -> None:
    with pytest.raises(StoreError) as caught:
        parse(with_source(source), "here")
    assert message in str(caught.value)


@given(st.data())
def test_a_manifest_with_a_line_lost_or_changed_is_read_or_refused(data: st.DataObject) -> None:
    lines = manifest().splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at : at + 1] = data.draw(st.sampled_from([[], [lines[at]] * 2, [lines[at][:-1]], ["x = [1, {}]"]]))
    try:
        parse("\n".join(lines), "here")
    except StoreError:
        pass


def test_the_digest_names_the_bytes_and_nothing_else() -> None:
    digest = parse(manifest(), "here").digest
    assert parse(manifest().replace("for tests", "renamed"), "there").digest == digest
    assert parse(manifest({**FILES, "graph.bin": b"other"}), "here").digest != digest


def test_the_catalog_can_be_read_and_every_file_has_a_source() -> None:
    manifests = catalog()
    assert set(manifests) == {path.stem for path in catalog_folder().glob("*.toml")}
    for model in manifests.values():
        assert all(file.sources for file in model.files)


def test_kokoro_has_a_table_for_every_voice_and_eight_chinese_ones() -> None:
    model = catalog()["kokoro"]
    assert {f"voices/{voice.name}.bin" for voice in model.voices} == {
        file.path for file in model.files if file.role == "voice"
    }
    assert {file.size for file in model.files if file.role == "voice"} == {510 * 256 * 4}
    assert sum(voice.language == "zh" for voice in model.voices) == 8
    assert [file.role for file in model.files[:2]] == ["graph", "vocabulary"]
