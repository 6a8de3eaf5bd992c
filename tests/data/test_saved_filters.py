import pytest

from data import entry
from data.errors import NotFoundError, RefusedError
from tests.actors import by


def save(store, name, query="period=year", person="ann", form_id=None, *, is_shared=False):
    form_id = form_id or entry.new_form_id()
    return entry.save_filter(store, name, query, by(person), form_id, is_shared=is_shared)


def seen(store, person):
    return store.saved_filters(person).select("owner", "name", "query").rows()


def test_the_own_come_first_and_of_others_only_what_they_share(store):
    save(store, "b")
    save(store, "A")
    save(store, "for all", person="bob", is_shared=True)
    save(store, "secret", person="bob")
    assert [row[:2] for row in seen(store, "ann")] == [
        ("ann", "A"),
        ("ann", "b"),
        ("bob", "for all"),
    ]
    assert [row[1] for row in seen(store, "bob")] == ["for all", "secret"]


def test_the_same_name_again_replaces_what_it_holds(store):
    save(store, " East ")
    save(store, "East", "period=month", is_shared=True)
    assert seen(store, "ann") == [("ann", "East", "period=month")]
    assert seen(store, "bob") == [("ann", "East", "period=month")]
    save(store, "East", "period=month")
    assert seen(store, "bob") == []


def test_a_form_sent_twice_is_kept_once(store):
    form_id = entry.new_form_id()
    assert save(store, "East", form_id=form_id).is_new
    assert not save(store, "East", "period=month", form_id=form_id).is_new
    assert seen(store, "ann") == [("ann", "East", "period=year")]


def test_only_the_owner_can_remove_a_filter(store):
    save(store, "East", is_shared=True)
    with pytest.raises(NotFoundError):
        entry.remove_filter(store, "East", by("bob"), entry.new_form_id())
    entry.remove_filter(store, "East", by("ann"), entry.new_form_id())
    assert seen(store, "ann") == seen(store, "bob") == []
    save(store, "East", "period=month")
    assert seen(store, "ann") == [("ann", "East", "period=month")]


def test_the_audit_keeps_who_saved_what(store):
    save(store, "East")
    last = store.audit_rows().row(-1, named=True)
    assert (last["person"], last["action"], last["record"]) == ("ann", "insert", "SavedFilter")


def test_saving_one_redraws_no_dashboard(store):
    before = store.versions()
    save(store, "East")
    assert store.versions() == before


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_name_is_needed_and_short(store, name):
    with pytest.raises(RefusedError):
        save(store, name)
