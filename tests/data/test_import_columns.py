from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from data.records import Customer, Deal, DealLine, Rep, StageEvent, Target, Visit
from tests.data.exports import BASE, PERSON, counted, refused


@pytest.fixture
def deals(export):
    """Import deals.csv with the given columns; the stored rows by id."""

    def load(columns: str, content: str | bytes, **options: object):
        export.says(
            BASE,
            f'[[deal]]\nfile = "deals.csv"\n[deal.columns]\nid = "id"\nrep_id = "rep"\n{columns}',
        ).has("deals.csv", content)
        result = export.run(**options)
        return result, export.store.rows(Deal).sort("id")

    return load


def test_value_maps_make_stage_and_status(deals):
    result, rows = deals(
        """
stage = { column = "step", values = { Signed = "won", Gone = "lost" }, otherwise = "lead" }
status = { column = "step", values = { Signed = "won", Gone = "lost" }, otherwise = "open" }
closed_on = { column = "day", when = { status = ["won", "lost"] } }
expected_on = { column = "day", when = { status = "open" } }
amount = "amount"
        """,
        """
        id,rep,step,day,amount
        D1,R1,Signed,2026-01-08,5
        D2,R1,Gone,2026-01-09,5
        D3,R1,Talking,2026-01-10,5
        """,
    )
    assert result.stored
    assert rows.select("stage", "status", "closed_on", "expected_on").rows() == [
        ("won", "won", date(2026, 1, 8), None),
        ("lost", "lost", date(2026, 1, 9), None),
        ("lead", "open", None, date(2026, 1, 10)),
    ]


def test_what_a_condition_excludes_is_not_even_wrong(deals):
    result, rows = deals(
        """
status = "status"
closed_on = { column = "day", when = { status = "won" } }
amount = "amount"
        """,
        """
        id,rep,status,day,amount
        D1,R1,open,soon,
        D2,R1,won,2026-01-08,1
        """,
    )
    assert result.stored
    assert rows["closed_on"].to_list() == [None, date(2026, 1, 8)]


def test_a_condition_may_ask_for_a_column_of_the_file(deals):
    _, rows = deals(
        'source = { column = "from", when = { checked = ["yes", ""] } }',
        "id,rep,from,checked\nD1,R1,fair,yes\nD2,R1,fair,no\nD3,R1,fair,\n",
    )
    assert rows["source"].to_list() == ["fair", None, "fair"]


def test_money_is_read_with_signs_suffixes_and_marks(deals):
    _, rows = deals(
        'amount = "amount"\ncost = { column = "cost", decimal = ",", thousands = "." }',
        'id,rep,amount,cost\nD1,R1,¥12.5万,"1.234,50"\nD2,R1,"3,200",0\n',
    )
    assert rows.select("amount", "cost").rows() == [
        (Decimal("125000.0000"), Decimal("1234.5000")),
        (Decimal("3200.0000"), Decimal("0.0000")),
    ]


def test_arithmetic_is_exact(deals):
    _, rows = deals(
        """
amount = { column = "thousands", multiply = 1000 }
cost = { column = "unit cost", times = "pieces", minus = "rebate" }
        """,
        "id,rep,thousands,unit cost,pieces,rebate\nD1,R1,1.1,0.1,3,0.05\nD2,R1,0.0001,,3,1\n",
    )
    assert rows.select("amount", "cost").rows() == [
        (Decimal("1100.0000"), Decimal("0.2500")),
        (Decimal("0.1000"), None),
    ]


def test_null_words_are_nothing(deals):
    _, rows = deals(
        'amount = { column = "amount", empty = ["-", "NULL"] }\nsource = "source"',
        "id,rep,amount,source\nD1,R1,NULL,NULL\nD2,R1,-,x\n",
    )
    assert rows["amount"].to_list() == [None, None]
    assert rows["source"].to_list() == ["NULL", "x"]


def test_a_default_fills_empty_cells_only(deals):
    _, rows = deals(
        'source = { column = "source", default = "fair" }',
        "id,rep,source\nD1,R1,\nD2,R1,web\n",
    )
    assert rows["source"].to_list() == ["fair", "web"]


def test_spellings_are_mended_and_the_rest_is_kept(deals):
    _, rows = deals(
        'product = { column = "product", replace = { GTXPro = "GTX Pro" } }',
        "id,rep,product\nD1,R1,GTXPro\nD2,R1,MG Special\n",
    )
    assert rows["product"].to_list() == ["GTX Pro", "MG Special"]


def test_texts_are_joined_and_the_first_filled_one_is_found(deals):
    _, rows = deals(
        """
name = { columns = ["customer", "what"], between = " / " }
source = { first_of = ["told", "guessed"] }
        """,
        "id,rep,customer,what,told,guessed\nD1,R1,Li,Lathe,,web\nD2,R1,Wu,,fair,web\n",
    )
    assert rows["name"].to_list() == ["Li / Lathe", "Wu"]
    assert rows["source"].to_list() == ["web", "fair"]


def test_lookups_go_from_file_to_file(export):
    export.says(
        BASE,
        """
        [[deal]]
        file = "deals.csv"
        [deal.columns]
        id = "id"
        rep_id = { column = "owner", lookup = { file = "people.csv", key = "name", take = "id" } }
        product = { column = "id", lookup = [
          { file = "lines.csv", key = "deal", take = "item" },
          { file = "items.csv", key = "item", take = "name", if_missing = "empty" },
        ] }
        """,
    )
    export.has("deals.csv", "id,owner\nD1,Li\nD2,Wu\nD3,Li\n")
    export.has("people.csv", "id,name\nR1,Li\nR2,Wu\n")
    export.has("lines.csv", "deal,item\nD1,I1\nD1,I1\nD2,I9\nD3,I1\n")
    export.has("items.csv", "item,name\nI1,Lathe\n")
    assert export.run().stored
    rows = export.store.rows(Deal).sort("id")
    assert rows.select("rep_id", "product").rows() == [
        ("R1", "Lathe"),
        ("R2", None),
        ("R1", "Lathe"),
    ]


def test_a_lookup_without_a_clear_answer_refuses_the_row(export):
    export.says(
        BASE,
        """
        [[deal]]
        file = "deals.csv"
        [deal.columns]
        id = "id"
        rep_id = { column = "owner", lookup = { file = "people.csv", key = "name", take = "id" } }
        """,
    )
    export.has("deals.csv", "id,owner\nD1,Li\nD2,Chen\n")
    export.has("people.csv", "id,name\nR1,Li\nR2,Li\n")
    result = export.run()
    assert refused(result) == [
        ("deals.csv", 2, "owner", "Li", "lookup_several"),
        ("deals.csv", 3, "owner", "Chen", "lookup_missing"),
    ]
    assert result.rejects["limit"].unique().to_list() == ["people.csv name"]


@pytest.mark.parametrize(("which", "rep"), [("first", "R1"), ("last", "R2")])
def test_of_several_answers_the_mapping_may_choose(export, which, rep):
    hop = f'{{ file = "people.csv", key = "name", take = "id", if_several = "{which}" }}'
    export.says(
        BASE,
        f'[[deal]]\nfile = "deals.csv"\n[deal.columns]\nid = "id"\n'
        f'rep_id = {{ column = "owner", lookup = {hop} }}',
    )
    export.has("deals.csv", "id,owner\nD1,Li\n").has("people.csv", "id,name\nR1,Li\nR2,Li\n")
    export.run()
    assert export.store.rows(Deal)["rep_id"].to_list() == [rep]


def test_order_lines_become_deals_with_sums(export):
    export.says(
        'empty = ["NULL"]',
        BASE,
        """
        [[deal]]
        file = "lines.csv"
        group_by = "order"
        [deal.columns]
        id = "order"
        rep_id = "rep"
        status = { value = "won" }
        closed_on = "day"
        amount = { column = "amount", of_group = "sum" }
        cost = { column = "cost", of_group = "sum" }

        [[deal_line]]
        file = "lines.csv"
        [deal_line.columns]
        deal_id = "order"
        line = { number_within = "order" }
        amount = "amount"
        cost = "cost"
        """,
    ).has(
        "lines.csv",
        """
        order,rep,day,amount,cost
        S1,R1,2026-01-08,10,8
        S2,R2,2026-01-09,5,NULL
        S1,R1,2026-01-08,20,11
        S2,R2,2026-01-09,7,3
        """,
    )
    assert export.run().stored
    deals = export.store.rows(Deal).sort("id").select("id", "rep_id", "amount", "cost").rows()
    assert deals == [("S1", "R1", Decimal(30), Decimal(19)), ("S2", "R2", Decimal(12), None)]
    lines = export.store.rows(DealLine).sort("id").select("id", "amount", "cost").rows()
    assert lines == [
        ("S1/1", Decimal(10), Decimal(8)),
        ("S1/2", Decimal(20), Decimal(11)),
        ("S2/1", Decimal(5), None),
        ("S2/2", Decimal(7), Decimal(3)),
    ]


def test_rows_of_a_group_that_disagree_are_refused(export):
    export.says(
        BASE,
        """
        [[deal]]
        file = "lines.csv"
        group_by = "order"
        columns = { id = "order", rep_id = "rep" }
        """,
    ).has("lines.csv", "order,rep\nS1,R1\nS2,R2\nS1,R2\n")
    assert refused(export.run()) == [("lines.csv", 2, "rep", "R1", "differs_in_group")]


@pytest.mark.parametrize(
    ("of_group", "minutes"), [("count", 3), ("first", 5), ("last", 7), ("min", 5), ("max", 9)]
)
def test_a_group_may_be_counted_or_one_of_its_rows_taken(export, of_group, minutes):
    source = "" if of_group == "count" else 'column = "minutes", '
    export.says(
        BASE,
        f"""
        [[visit]]
        file = "calls.csv"
        group_by = ["rep", "day"]
        [visit.columns]
        id = {{ columns = ["rep", "day"], between = "-" }}
        rep_id = "rep"
        visited_at = "day"
        minutes = {{ {source}of_group = "{of_group}" }}
        """,
    ).has("calls.csv", "rep,day,minutes\n" + "".join(f"R1,2026-01-08,{m}\n" for m in (5, 9, 7)))
    export.run()
    assert export.store.rows(Visit)["minutes"].to_list() == [minutes]


def test_wide_months_become_rows_and_empty_ones_do_not(export):
    export.says(
        'empty = ["NULL"]',
        BASE,
        """
        [[target]]
        file = "targets.csv"
        [target.unpivot]
        columns = { Jan = "01", Feb = "02", Mar = "03" }
        header = "Month"
        cell = "Target"
        [target.columns]
        subject = "Rep"
        month = { columns = ["Year", "Month"], between = "-", date = "YYYY-MM" }
        amount = { column = "Target", multiply = 1000 }
        """,
    ).has("targets.csv", "Year,Rep,Jan,Feb,Mar\n2026,R1,10,,NULL\n2026,R2,0,7.5,x\n")
    result = export.run(skip_bad=True)
    assert refused(result) == [("targets.csv", 3, "Mar", "x", "not_a_number")]
    assert export.store.rows(Target).sort("id").select("subject", "month", "amount").rows() == [
        ("R1", date(2026, 1, 1), Decimal(10000)),
        ("R2", date(2026, 1, 1), Decimal(0)),
        ("R2", date(2026, 2, 1), Decimal(7500)),
    ]


def test_the_order_of_history_is_the_sources_own(export):
    export.says(
        BASE,
        """
        [[deal]]
        rows = [{ id = "D1", rep_id = "R1" }]

        [[stage_event]]
        file = "history.csv"
        [stage_event.columns]
        deal_id = "deal"
        stage = "stage"
        entered_at = "at"
        seq = { column = "id", extract = '\\d+$', multiply = -1 }
        """,
    ).has(
        "history.csv",
        "id,deal,stage,at\nH.12,D1,lead,2026-01-08\nH.11,D1,won,2026-01-08\n",
    )
    export.run()
    events = export.store.rows(StageEvent).sort("seq").select("id", "seq", "stage").rows()
    assert events == [("D1/-12", -12, "lead"), ("D1/-11", -11, "won")]


def test_times_are_of_the_departments_zone_unless_they_name_their_own(export):
    export.says(
        'settings = { timezone = "America/New_York" }',
        BASE,
        """
        [[visit]]
        file = "visits.csv"
        columns = { id = "id", rep_id = "rep", visited_at = "at" }
        """,
    ).has("visits.csv", "id,rep,at\nV1,R1,2026-01-08 23:30\nV2,R1,2026-01-08T23:30:00Z\n")
    export.run()
    assert export.store.rows(Visit).sort("id")["visited_at"].to_list() == [
        datetime(2026, 1, 9, 4, 30),
        datetime(2026, 1, 8, 23, 30),
    ]
    days = export.store.frame("visits").sort("visit_id")["visited_on"].to_list()
    assert days == [date(2026, 1, 8), date(2026, 1, 8)]


def test_rows_may_be_left_out_and_are_counted(export):
    export.says(
        BASE,
        """
        [[visit]]
        file = "activities.csv"
        where = { type = ["Call", "Meeting"] }
        columns = { id = "id", rep_id = "rep", visited_at = "at" }
        """,
    ).has("activities.csv", "id,rep,at,type\nV1,R1,2026-01-08,Call\nV2,R1,2026-01-08,Note\n")
    result = export.run()
    assert counted(result, "Visit") == (1, 0, 0, 0)
    assert result.counts.filter(record="Visit").select("read", "left_out").row(0) == (2, 1)


def test_one_record_may_come_from_several_files(export):
    export.says(
        """
        [[rep]]
        file = "managers.csv"
        columns = { id = "id", name = "name", role = { value = "manager" } }

        [[rep]]
        file = "reps.csv"
        columns = { id = "id", name = "name", manager_id = "boss" }
        """
    )
    export.has("managers.csv", "id,name\nM1,Zhao\n").has("reps.csv", "id,name,boss\nR1,Li,M1\n")
    assert export.run().stored
    rows = export.store.rows(Rep).sort("id").select("id", "manager_id", "role", "status").rows()
    assert rows == [("M1", None, "manager", "regular"), ("R1", "M1", "rep", "regular")]


def test_a_column_the_mapping_calls_optional_leaves_the_field_alone(export):
    export.says(
        """
        [[customer]]
        file = "customers.csv"
        [customer.columns]
        id = "id"
        name = ["Name", "客户名称"]
        region = { column = "region", optional = true }
        """.replace('["Name", "客户名称"]', '{ column = ["Name", "客户名称"] }')
    )
    export.has("customers.csv", "id,客户名称,region\nC1,恒远,江苏\n").run()
    result = export.has("customers.csv", "id,Name\nC1,恒远\n").run()
    assert counted(result, "Customer") == (0, 0, 1, 0)
    assert export.store.rows(Customer)["region"].to_list() == ["江苏"]


@pytest.mark.parametrize(
    ("name", "write"),
    [("v.xlsx", pl.DataFrame.write_excel), ("v.parquet", pl.DataFrame.write_parquet)],
)
def test_spreadsheets_and_parquet_are_read_like_text(export, name, write):
    table = pl.DataFrame(
        {"id": ["V1"], "rep": ["R1"], "at": [datetime(2026, 1, 8, 9, 30)], "minutes": [45.0]}
    )
    write(table, export.folder / name)
    export.says(
        BASE,
        f"""
        [[visit]]
        file = "{name}"
        columns = {{ id = "id", rep_id = "rep", visited_at = "at", minutes = "minutes" }}
        """,
    )
    assert export.run().stored
    stored = export.store.rows(Visit).select("visited_at", "minutes").row(0)
    assert stored == (datetime(2026, 1, 8, 1, 30), 45)


def test_a_mapping_sets_the_department_up(export):
    export.says(
        """
        [settings]
        as_of = 2026-01-31
        currency = "USD"
        fiscal_month = 4
        department_en = "Field sales"
        """,
        BASE,
    )
    assert set(export.run().settings) == {"as_of", "currency", "fiscal_month", "department_en"}
    settings = export.store.settings()
    assert (settings.as_of, settings.currency) == (date(2026, 1, 31), "USD")
    assert export.run().settings == {}
    assert export.store.audit_rows()["person"][-1] == PERSON


def test_the_day_that_counts_as_today_comes_with_an_import_or_stays(export):
    export.says(BASE)
    assert export.run(as_of=date(2026, 1, 31)).settings == {"as_of": date(2026, 1, 31)}
    assert export.store.settings().as_of == date(2026, 1, 31)
    assert export.run().settings == {}
    assert export.store.settings().as_of == date(2026, 1, 31)


def test_settings_and_rows_of_an_import_are_one_transaction(export):
    export.says('settings = { currency = "USD", department_en = "Field" }', BASE)
    export.run()
    log = export.store.audit_rows().filter(pl.col("action").is_in(["settings", "load"]))
    assert log["happened_at"].n_unique() == 1
    assert log["person"].to_list() == [PERSON] * 2
