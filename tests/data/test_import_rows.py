import polars as pl
import pytest

from data import importing
from data.importing.filled import REJECTS
from data.records import Customer, Deal, DealLine, Rep, Target, Visit
from pages.ui import i18n
from tests.data.exports import BASE, CUSTOMERS, DEALS, PERSON, counted, refused

VISITS = """
    [[visit]]
    file = "visits.csv"
    [visit.columns]
    id = "id"
    customer_id = "customer"
    rep_id = "rep"
    deal_id = "deal"
    kind = "kind"
    visited_at = "at"
    minutes = "minutes"
"""
LINES = """
    [[deal_line]]
    file = "lines.csv"
    columns = { deal_id = "deal", line = "line", amount = "amount", cost = "cost" }
"""


def ids(export, record) -> list[str]:
    return export.store.rows(record).sort("id")["id"].to_list()


@pytest.fixture
def visits(export):
    """A sound export of one customer, deal and visit; the text of visits.csv is the test's."""
    export.says(BASE, CUSTOMERS, DEALS, VISITS)
    export.has("customers.csv", "id,name\nC1,Heng Yuan\n")
    export.has("deals.csv", "id,customer,rep,amount\nD1,C1,R1,5\n")

    def load(text: str, **options: object):
        return export.has("visits.csv", text).run(**options)

    return load


def test_a_sound_export_is_stored_whole(export, visits):
    result = visits("id,customer,rep,deal,kind,at,minutes\nV1,C1,R1,D1,call,2026-01-08 09:30,30\n")
    assert (result.stored, result.rejects.height, result.dry_run) == (True, 0, False)
    assert result.files == {"customers.csv": 1, "deals.csv": 1, "visits.csv": 1}
    assert counted(result, "Visit") == (1, 0, 0, 0)
    assert ids(export, Visit) == ["V1"]


def test_every_refused_cell_is_listed_and_nothing_is_stored(export, visits):
    result = visits(
        """
        id,customer,rep,deal,kind,at,minutes
        V1,C1,R1,D1,visit,2026-01-08 09:30,30
        V2,C9,R1,D1,visit,2026-01-08 09:30,30
        V3,C1,,D9,lunch,yesterday,1e9
        ,C1,R1,D1,visit,2026-01-08,12.5
        V5,C1,R1,D1,visit,2026-01-08,30,40
        """
    )
    assert set(refused(result)) == {
        ("visits.csv", 3, "customer", "C9", "unknown_reference"),
        ("visits.csv", 4, "at", "yesterday", "not_a_moment"),
        ("visits.csv", 4, "rep", None, "required"),
        ("visits.csv", 4, "minutes", "1000000000", "too_large"),
        ("visits.csv", 4, "kind", "lunch", "not_a_choice"),
        ("visits.csv", 4, "deal", "D9", "unknown_reference"),
        ("visits.csv", 5, "minutes", "12.5", "not_a_whole_number"),
        ("visits.csv", 5, "id", None, "required"),
        ("visits.csv", 6, None, "40", "too_many_cells"),
    }
    assert result.rejects["line"].to_list() == sorted(result.rejects["line"])
    assert result.rejects.schema == REJECTS
    assert not result.stored
    assert export.store.is_empty()
    assert counted(result, "Visit") == (None, None, None, 4)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_reads_as_a_sentence(visits, language):
    result = visits("id,customer,rep,deal,kind,at,minutes\nV3,C1,,D9,lunch,yesterday,x\nV3,,,,,,\n")
    for row in result.rejects.to_dicts():
        sentence = i18n.text(language, f"errors.{row['code']}", **row)
        assert "{" not in sentence


def test_skipping_stores_the_rest_and_lists_the_refused(export, visits):
    result = visits(
        """
        id,customer,rep,deal,kind,at,minutes
        V1,C1,R1,D1,visit,2026-01-08,30
        V2,C1,R9,D1,visit,2026-01-08,30
        """,
        skip_bad=True,
    )
    assert result.stored
    assert refused(result) == [("visits.csv", 3, "rep", "R9", "unknown_reference")]
    assert counted(result, "Visit") == (1, 0, 0, 1)
    assert ids(export, Visit) == ["V1"]


def test_what_depends_on_a_refused_row_is_refused_with_it(export):
    export.says(BASE, CUSTOMERS, DEALS, VISITS)
    export.has("customers.csv", "id,name\nC1,\nC2,Xin Da\n")
    export.has("deals.csv", "id,customer,rep,amount\nD1,C1,R1,5\nD2,C2,R1,5\n")
    export.has(
        "visits.csv",
        "id,customer,rep,deal,kind,at,minutes\nV1,C2,R1,D1,visit,2026-01-08,1\nV2,C2,R1,D2,visit,2026-01-08,1\n",
    )
    cause = ("customers.csv", 2, "name", None, "required")
    assert refused(export.run()) == [cause]
    result = export.run(skip_bad=True)
    assert refused(result) == [
        cause,
        ("deals.csv", 2, "customer", "C1", "refers_to_refused"),
        ("visits.csv", 2, "deal", "D1", "refers_to_refused"),
    ]
    assert [ids(export, record) for record in (Customer, Deal, Visit)] == [["C2"], ["D2"], ["V2"]]


def test_a_refused_row_that_the_store_has_already_holds_its_dependants(export):
    export.says(BASE, CUSTOMERS, DEALS).has("deals.csv", "id,customer,rep,amount\n")
    export.has("customers.csv", "id,name\nC1,Heng Yuan\n").run()
    export.has("customers.csv", "id,name\nC1,\n")
    export.has("deals.csv", "id,customer,rep,amount\nD1,C1,R1,5\n")
    result = export.run(skip_bad=True)
    assert refused(result) == [("customers.csv", 2, "name", None, "required")]
    assert ids(export, Deal) == ["D1"]
    assert export.store.rows(Customer)["name"].to_list() == ["Heng Yuan"]


def test_an_order_stays_out_when_one_of_its_lines_is_refused(export):
    export.says(BASE, CUSTOMERS, DEALS, LINES).has("customers.csv", "id,name\nC1,Heng Yuan\n")
    export.has("deals.csv", "id,customer,rep,amount\nD1,C1,R1,30\nD2,C1,R1,7\n")
    export.has("lines.csv", "deal,line,amount,cost\nD1,1,10,8\nD1,2,2O,11\nD2,1,7,\n")
    result = export.run(skip_bad=True)
    assert refused(result) == [
        ("deals.csv", 2, "id", "D1", "line_refused"),
        ("lines.csv", 2, "deal", "D1", "line_refused"),
        ("lines.csv", 3, "amount", "2O", "not_a_number"),
    ]
    assert (ids(export, Deal), ids(export, DealLine)) == (["D2"], ["D2/1"])


def test_rows_with_one_id_are_refused_where_they_differ(visits):
    result = visits(
        """
        id,customer,rep,deal,kind,at,minutes
        V1,C1,R1,D1,visit,2026-01-08,30
        V2,C1,R1,D1,visit,2026-01-08,30
        V1,C1,R1,D1,visit,2026-01-08,45
        """
    )
    assert refused(result) == [
        ("visits.csv", 2, "id", "V1", "repeated"),
        ("visits.csv", 4, "id", "V1", "repeated"),
    ]
    assert result.rejects["limit"].to_list() == ["visits.csv:4", "visits.csv:2"]


def test_of_equal_rows_the_first_can_be_kept(export, visits):
    row = "V1,C1,R1,D1,visit,2026-01-08,30\n"
    result = visits("id,customer,rep,deal,kind,at,minutes\n" + row + row, skip_bad=True)
    assert refused(result) == [("visits.csv", 3, "id", "V1", "repeated")]
    assert ids(export, Visit) == ["V1"]


def test_an_id_made_of_several_columns_may_not_repeat_either(export):
    export.says(
        BASE,
        """
        [[target]]
        file = "targets.csv"
        columns = { subject = "rep", month = "month", amount = "amount" }
        """,
    ).has("targets.csv", "rep,month,amount\nR1,2026-01-01,5\nR1,2026-01-01,6\nR9,2026-01-01,5\n")
    assert refused(export.run()) == [
        ("targets.csv", 2, "id", "rep/R1/2026-01-01", "repeated"),
        ("targets.csv", 3, "id", "rep/R1/2026-01-01", "repeated"),
        ("targets.csv", 4, "rep", "R9", "unknown_reference"),
    ]
    assert export.store.rows(Target).is_empty()


def test_an_unknown_reference_may_be_left_empty_and_is_still_told(export):
    export.says(
        BASE,
        """
        [[customer]]
        file = "customers.csv"
        [customer.columns]
        id = "id"
        name = "name"
        owner_rep_id = { column = "owner", if_unknown = "empty" }
        """,
    ).has("customers.csv", "id,name,owner\nC1,Heng Yuan,R7\nC2,Xin Da,R1\n")
    result = export.run()
    assert result.stored
    assert result.notices.select("file", "line", "column", "value", "code").rows() == [
        ("customers.csv", 2, "owner", "R7", "unknown_reference_emptied")
    ]
    assert export.store.rows(Customer).sort("id")["owner_rep_id"].to_list() == [None, "R1"]


def test_a_reference_to_a_row_of_an_earlier_import_is_known(export):
    export.says(BASE, CUSTOMERS).has("customers.csv", "id,name\nC1,Heng Yuan\n").run()
    export.says(DEALS).has("deals.csv", "id,customer,rep,amount\nD1,C1,R1,5\n")
    assert export.run().stored


def test_rules_on_several_fields_hold_for_imports(export):
    export.says(
        BASE,
        """
        [[deal]]
        file = "deals.csv"
        [deal.columns]
        id = "id"
        rep_id = "rep"
        status = "status"
        opened_on = "from"
        closed_on = "to"
        amount = "amount"
        """,
    ).has(
        "deals.csv",
        """
        id,rep,status,from,to,amount
        D1,R1,won,2026-01-08,2026-01-09,
        D2,R1,won,2026-01-08,2026-01-07,5
        D3,R1,lost,2026-01-08,,5
        D4,R1,open,2026-01-08,2026-01-09,5
        D5,R1,lost,,2026-01-09,
        """,
    )
    assert refused(export.run()) == [
        ("deals.csv", 2, "amount", None, "won_needs_amount"),
        ("deals.csv", 3, "to", "2026-01-07", "closed_before_opened"),
        ("deals.csv", 4, "to", None, "closed_needs_day"),
        ("deals.csv", 5, "to", "2026-01-09", "open_has_no_close"),
    ]


def test_people_may_name_each_other_in_any_order(export):
    export.says(
        '[[rep]]\nfile = "reps.csv"\ncolumns = { id = "id", name = "name", manager_id = "boss" }'
    )
    export.has("reps.csv", "id,name,boss\nR1,Li,R2\nR2,Wu,\nR3,Ma,R9\nR4,He,R3\n")
    assert refused(export.run()) == [("reps.csv", 4, "boss", "R9", "unknown_reference")]
    export.run(skip_bad=True)
    assert ids(export, Rep) == ["R1", "R2"]


def test_progress_is_told_step_by_step(export, visits):
    heard = []
    visits(
        "id,customer,rep,deal,kind,at,minutes\nV1,C1,R1,D1,call,2026-01-08,30\n",
        progress=lambda *event: heard.append(event),
    )
    assert [event for event in heard if event[0] == "read"] == [
        ("read", 1, 3),
        ("read", 2, 3),
        ("read", 3, 3),
    ]
    assert heard[-1] == ("store", 8, 8)


def test_an_import_that_cannot_be_read_leaves_the_store_alone(export, visits):
    before = export.store.versions()
    with pytest.raises(importing.errors.MappingError):
        visits('id,customer\n"V1,C1\n')
    assert export.store.versions() == before


def test_a_long_import_is_read_by_columns(export):
    """Every check, at a size at which anything row by row would take minutes."""
    height = 200_000
    numbers = pl.int_range(height, eager=True)
    pl.DataFrame(
        {
            "id": "V" + numbers.cast(pl.String),
            "rep": pl.select(
                pl.when(numbers % 2 == 0).then(pl.lit("R1")).otherwise(pl.lit("R2"))
            ).to_series(),
            "at": ["2026/1/8 09:30"] * height,
            "minutes": (numbers % 300).cast(pl.String) + ".0",
        }
    ).write_csv(export.folder / "visits.csv")
    export.says(
        BASE,
        """
        [[visit]]
        file = "visits.csv"
        columns = { id = "id", rep_id = "rep", visited_at = "at", minutes = "minutes" }
        """,
    )
    assert counted(export.run(), "Visit") == (height, 0, 0, 0)
    assert export.store.audit_rows()["person"][-1] == PERSON


def test_a_rule_on_a_field_that_no_column_fills_refuses_its_rows(export):
    export.says(
        BASE,
        """
        [[deal]]
        file = "deals.csv"
        columns = { id = "id", rep_id = "rep", status = { value = "won" } }
    """,
    )
    result = export.has("deals.csv", "id,rep\nD1,R1\nD2,R1\n").run()
    assert [row[1:] for row in refused(result) if row[2] == "closed_on"] == [
        (line, "closed_on", None, "closed_needs_day") for line in (2, 3)
    ]
