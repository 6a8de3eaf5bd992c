"""The policy as the tables of docs/roles.md, in both languages."""

from pathlib import Path

from data import policy
from data.policy import Personal, Reach
from data.records import RECORDS, ROLES, Words
from pages.ui import i18n, menu

ROOT = Path(__file__).parents[1]
PAGES = {"roles.md": "en", "roles.zh-CN.md": "zh"}

REACH = {
    Reach.NOTHING: Words("无", "none"),
    Reach.OWN: Words("本人", "own"),
    Reach.TEAM: Words("本团队", "own team"),
    Reach.ALL: Words("全部门", "all"),
}
PERSONAL = {
    Personal.NEVER: Words("不可见", "never"),
    Personal.ASKED: Words("点开可见，留痕", "on request, logged"),
    Personal.SHOWN: Words("可见", "shown"),
}
HEADS = (
    Words("角色", "Role"),
    Words("客户与业务明细", "Rows of customers and sales"),
    Words("联系人个人信息", "Personal fields of contacts"),
    Words("可以", "May"),
)
RECORD, SCREEN = Words("记录", "Record"), Words("页面", "Screen")
SEES, CHANGES = Words("看", "sees"), Words("改", "changes")
SEP = Words("；", "; ")
BUT, PART = Words("改（{} 除外）", "changes all but {}"), Words("改{}", "changes {}")


def of_roles(language):
    """What each role sees and may do."""
    rows = [
        (
            ROLES[role](language),
            REACH[rights.reach](language),
            PERSONAL[rights.personal](language),
            SEP(language).join(
                words(language) for verb, words in policy.ACTIONS.items() if rights.may(verb)
            ),
        )
        for role, rights in policy.ROLES.items()
    ]
    return _table([head(language) for head in HEADS], rows)


def of_records(language):
    """Which records each role reads and changes, within its reach."""
    rows = [
        (record.WORDS(language), *(_cell(name, role, language) for role in ROLES))
        for name, record in RECORDS.items()
    ]
    return _table([RECORD(language), *_roles(language)], rows)


def of_screens(language):
    """Which screens each role opens."""
    listed = [name for names in menu.MENU.values() for name in names]
    rows = [
        (
            i18n.text(language, f"nav.{name}"),
            *("✓" if rights.may_open(name) else "" for rights in policy.ROLES.values()),
        )
        for name in listed
    ]
    return _table([SCREEN(language), *_roles(language)], rows)


def _roles(language):
    return [words(language) for words in ROLES.values()]


def _cell(name, role, language):
    rights, record = policy.rights(role), RECORDS[name]
    fields = {field.name: field.about.words(language) for field in record.fields()}
    may_write = {field for field in fields if rights.may_write(name, field)}
    said = [SEES(language)] if name in rights.reads else []
    missing = [words for field, words in fields.items() if field not in may_write]
    if not missing:
        said.append(CHANGES(language))
    elif name in rights.writes:
        said.append(BUT(language).format(", ".join(missing)))
    elif may_write:
        said.append(PART(language).format(", ".join(fields[field] for field in sorted(may_write))))
    return SEP(language).join(said) or "—"


def _table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def inserted(page, language):
    """The text of a page of docs with the tables as they are now."""
    for name, table in (("roles", of_roles), ("records", of_records), ("screens", of_screens)):
        mark = f"<!-- {name} -->\n\n"
        before, rest = page.split(mark)
        page = f"{before}{mark}{table(language)}\n{rest.split(chr(10) * 2, 1)[1]}"
    return page


if __name__ == "__main__":  # python -m tests.policy_tables: after a change of the policy
    for file, language in PAGES.items():
        path = ROOT / "docs" / file
        path.write_text(inserted(path.read_text(encoding="utf-8"), language), encoding="utf-8")
