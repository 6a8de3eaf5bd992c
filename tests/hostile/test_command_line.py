"""Whatever is typed after `cli.py` ends with 0, 1 or 2 and a sentence, never with a traceback."""

import argparse
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cli
from analytics.catalogue import REPORTS
from data import entry
from data.actor import MACHINE
from data.records import Customer, Rep, Stage
from data.store import Store
from pages.ui.arguments import parser
from pages.ui.relay import Command, Console
from tests import running
from tests.hostile import crafted

COMMANDS = next(
    action.choices
    for action in parser("en")._actions
    if isinstance(action, argparse._SubParsersAction)
)
DAYS = ("0001-01-01", "1900-01-01", "2026-02-30", "2026-03-02", "9999-12-31", "today")
NUMBERS = ("0", "-1", "1e9", "NaN", "9" * 30, "9" * 5_000, "٣", "Ⅳ")
NAMES = (
    "salesforce",
    "yeji",
    "conversion",
    "customer",
    "team",
    "month",
    "deal",
    "R1",
    "won_amount=1",
)
words = st.one_of(
    crafted.texts.filter(lambda text: not text.startswith("/")),  # stay within the folder
    st.text(st.characters(), max_size=8).filter(lambda text: not text.startswith("/")),
    st.sampled_from((*DAYS, *NUMBERS, *NAMES, *REPORTS)),
)


def arguments(name):
    """A command with some of its options, each with a word, and words besides."""
    options = [o for a in COMMANDS[name]._actions for o in a.option_strings]
    option = st.tuples(st.sampled_from(options), words).map(list) if options else st.just([])
    some = st.lists(st.one_of(option, words.map(lambda w: [w])), max_size=5)
    first = st.sampled_from(sorted(REPORTS)) if name == "report" else words
    return st.tuples(first, some).map(
        lambda parts: (name, parts[0], *(word for part in parts[1] for word in part))
    )


lines = st.sampled_from(sorted(cli.RUNS)).flatmap(arguments)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with two people and a customer, deep in folders that paths may climb out of."""
    folder = tmp_path_factory.mktemp("cli") / "a" / "b" / "c"
    folder.mkdir(parents=True)
    opened = Store(folder / "yeji.duckdb")
    for record, row in (
        (Stage, {"id": "lead", "name_zh": "线索", "name_en": "Lead", "position": 1}),
        (Rep, {"id": "R1", "name": "Li", "team": crafted.HTML}),
        (Customer, {"id": "C1", "name": crafted.MARKDOWN, "owner_rep_id": "R1"}),
    ):
        entry.add(opened, record, row, MACHINE, entry.new_form_id())
    deal = {"id": "D1", "rep_id": "R1", "customer_id": "C1", "opened_on": date(2026, 1, 8)}
    entry.add_deal(opened, deal, MACHINE, entry.new_form_id())
    yield opened
    opened.close()


def ended(carry_out):
    printed = []  # as bytes: whatever is printed can be

    def keep(text):
        printed.append(text.encode())

    code = carry_out(Console(keep, keep, note=lambda text: None))
    assert code in {cli.DONE, cli.FAILED, cli.MISUSED}
    assert b"".join(printed).strip()
    assert b"Traceback" not in b"".join(printed)


@given(argv=lines, language=st.sampled_from(["zh", "en"]))
def test_any_command_ends_with_a_sentence(store, argv, language):
    command = Command(argv, store.path.parent, language)
    ended(lambda console: cli.execute(command, console, store))


@settings(max_examples=settings().max_examples // 10)
@given(argv=lines.filter(lambda argv: argv[0] != "demo"), place=words)
def test_any_place_of_a_store_ends_with_a_sentence(store, argv, place):
    command = Command(("--db", place, *argv), store.path.parent, "en")
    ended(lambda console: cli.run(command, console))


@pytest.mark.parametrize(
    "argv",
    [
        [b"report", b"\xff\xfe"],
        [b"--db", b"\xff/x\xff", b"report", b"conversion"],
        [b"import", b"\xff", b"\xff"],
        [b"report", b"x" * 100_000],
        [b"--lang", b"\xff", b"report", b"conversion"],
        [b"--help"],
        [],
    ],
)
def test_bytes_that_are_no_text_end_with_a_sentence(store, argv):
    done = running.command(store.path, *argv)
    assert done.code in {0, 1, 2}
    assert (done.out + done.err).strip()
    assert "Traceback" not in done.err
