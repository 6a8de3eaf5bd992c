"""No mapping and no list of conflicts does more than to be taken or refused, all at once."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importing import conflict_file, mapping
from data.importing.errors import ConflictFileError, ImportRefusedError, MappingError
from pages.ui import i18n, import_words
from tests.hostile import crafted

SHIPPED = [path.read_bytes() for path in sorted(mapping.SHIPPED.glob("*.toml"))]
CONFLICTS = b"record,id,field,current,imported,choice\r\nCustomer,C1,name,a,b,take\r\n"
SECTIONS = (*mapping.SECTIONS, "settings", "files", "empty", "dates")
WORDS = ("file", "rows", "columns", "id", "name", "lookup", "column", "values", "date")

values = st.recursive(
    st.one_of(
        crafted.texts,
        st.integers(),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.sampled_from(sorted(mapping.SECTIONS)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(crafted.texts, st.sampled_from(WORDS)),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


def taken(path, read):
    """Whether `read` takes the file; what it says otherwise has words in both languages."""
    try:
        read(path)
    except ImportRefusedError as error:
        assert error.problems
        for language in i18n.LANGUAGES:
            told = import_words.refusal(error, language)
            assert not any(letter < " " for letter in chain(*told))
        return False
    return True


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("mappings") / "any.toml"


@given(st.one_of(st.binary(max_size=200), *map(crafted.mutated, SHIPPED)))
def test_any_bytes_are_a_mapping_or_are_refused(file, data):
    file.write_bytes(data)
    taken(file, mapping.load)


@given(st.dictionaries(st.one_of(crafted.texts, st.sampled_from(SECTIONS)), values))
def test_any_document_is_a_mapping_or_is_refused(file, said):
    taken(said, lambda said: mapping.parse(said, "any"))


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "[" + "a." * 20_000 + "a]",
        "a = " + "9" * 5_000,
        "[settings]\nfiscal_month = 0x" + "f" * 5_000,
        "a = '" + "x" * 2**21 + "'",
        'extends = "\\u0000"',
    ],
    ids=["deep", "deep keys", "a long number", "a long hex number", "long", "zero"],
)
def test_a_mapping_without_end_is_refused(file, text):
    file.write_text(text, encoding="utf-8")
    assert not taken(file, mapping.load)


@given(st.one_of(st.binary(max_size=200), crafted.mutated(CONFLICTS)))
def test_any_bytes_are_choices_or_are_refused(file, data):
    path = file.with_suffix(".csv")
    path.write_bytes(data)
    taken(path, conflict_file.choices)


def test_the_good_ones_are_taken(file):
    file.write_bytes(SHIPPED[0])
    assert taken(file, mapping.load)
    path = file.with_suffix(".csv")
    path.write_bytes(CONFLICTS)
    assert taken(path, conflict_file.choices)
    assert issubclass(ConflictFileError, ImportRefusedError)
    assert issubclass(MappingError, ImportRefusedError)
