from datetime import date

import polars as pl
import pytest

from analytics.query import Query
from analytics.schemas import CUSTOMERS, DEALS, REP_TEAMS, REPS
from pages.ui.questions import Question, QuestionError, query, sentence

TODAY = date(2026, 11, 23)


def read(table):
    """Two reps of one name, a team only known from the past, one customer."""
    frames = {
        "reps": pl.DataFrame(
            {"rep_id": ["R1", "R2", "R3"], "rep": ["Li", "Li", "Wu"], "team": ["A", None, "B"]}
        ),
        "rep_teams": pl.DataFrame({"rep_id": ["R1"], "team": ["Old"]}),
        "customers": pl.DataFrame(
            {
                "customer_id": ["C1"],
                "customer": ["Hengyuan"],
                "region": ["北京"],
                "industry": [None],
                "size": ["large"],
            }
        ),
        "deals": pl.DataFrame({"product": ["X"], "source": ["Fair"]}),
    }
    schemas = {"reps": REPS, "rep_teams": REP_TEAMS, "customers": CUSTOMERS, "deals": DEALS}
    frame, schema = frames[table], schemas[table]
    return frame.cast({name: schema[name] for name in frame.columns})


def asked(**filters):
    return query(Question("win-rate", filters=filters), read, TODAY)


def test_the_day_of_knowledge_is_today_unless_asked():
    assert query(Question("overview"), read, TODAY) == Query(as_of=TODAY)
    earlier = date(2026, 1, 1)
    assert query(Question("overview", as_of=earlier), read, TODAY).as_of == earlier


def test_a_name_means_everyone_of_that_name_and_an_id_one_person():
    assert asked(rep=["Li"]).rep == ("R1", "R2")
    assert asked(rep=["R2"]).rep == ("R2",)
    assert asked(rep=["R1", "Li", "Wu"]).rep == ("R1", "R2", "R3")
    assert asked(customer=["Hengyuan"]).customer == asked(customer=["C1"]).customer == ("C1",)


def test_a_team_of_the_past_can_still_be_asked_for():
    assert asked(team=["Old"]).team == ("Old",)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"team": ["C"]}, "A, B, Old"),
        ({"rep": ["R9"]}, "Li, Wu, R1, R2, R3"),
        ({"region": ["上海"]}, "北京"),
        ({"size": ["tiny"]}, "large"),
        ({"product": ["Y"]}, "X"),
        ({"source": ["Web"]}, "Fair"),
        ({"industry": ["Steel"]}, ""),
        ({"customer": ["C2"]}, "Hengyuan, C1"),
    ],
)
def test_a_value_nobody_has_is_refused_with_those_that_exist(filters, names):
    with pytest.raises(QuestionError) as refused:
        asked(**filters)
    assert refused.value.values["names"] == names
    for language in ("zh", "en"):
        assert names in sentence(language, refused.value)


def test_a_period_has_at_least_one_day():
    empty = Question("overview", since=date(2026, 1, 1), until=date(2026, 1, 1))
    with pytest.raises(QuestionError, match="empty_period"):
        query(empty, read, TODAY)


def test_weights_of_the_scorecard_are_named_numbers():
    def asked(text):
        return query(Question("scorecard", weights=text), read, TODAY).weights

    assert asked("") == ()
    assert asked("won_amount=40, visits=0") == (("won_amount", 40.0), ("visits", 0.0))
    for text, code in (
        ("won=1", "unknown_weight"),
        ("visits", "bad_weights"),
        ("visits=-1", "bad_weights"),
        ("visits=0", "bad_weights"),
    ):
        with pytest.raises(QuestionError) as error:
            asked(text)
        assert error.value.code == code
        assert all(sentence(language, error.value) for language in ("zh", "en"))


def test_limits_are_three_whole_percents_the_highest_first():
    def asked(text):
        return query(Question("margin-authority", limits=text), read, TODAY).limits

    assert asked("") == (50, 30, 20)
    assert asked("45, 30,0") == (45, 30, 0)
    for text in ("50,30", "30,50,20", "50,30,x", "50,30,2.5", "50,30,20,10"):
        with pytest.raises(QuestionError) as error:
            asked(text)
        assert all(text in sentence(language, error.value) for language in ("zh", "en"))


def test_a_pair_is_two_values_of_the_grouping():
    def asked(by, *pair):
        return query(Question("margin-bridge", by=by, pair=pair), read, TODAY).pair

    assert asked("team") == ()
    assert asked("team", "A", "Old") == ("A", "Old")
    assert asked("rep", "R2", "Wu") == ("R2", "R3")
    assert asked("manager", "Li", "Wu") == ("Li", "Wu")
    with pytest.raises(QuestionError, match="unknown_value"):
        asked("team", "A", "C")
    with pytest.raises(QuestionError, match="pair_by"):
        asked(None, "A", "B")
