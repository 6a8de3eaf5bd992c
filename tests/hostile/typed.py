"""A department whose people typed what must never be drawn."""

import duckdb

from data.records import BY_TABLE

# Harmless where it is shown as it is; drawn, each part would look and act otherwise.
TYPED = (
    "<b>粗</b><img src=x onerror=alert(1)>[a](http://evil.example/a)![i](http://evil.example/i.png)"
    " :rainbow[r] :material/skull: :skull: $x^2$ `c` ~~s~~ **f** www.evil.example a@evil.example"
)
SHORT = "<b>粗</b>[a](http://e.co) a@e.co :skull: $x^2$ `c` **f**"


def over(path):
    """Put `TYPED` at the end of every free text of every record of a store that nobody has open."""
    with duckdb.connect(str(path)) as store:
        for table, record in BY_TABLE.items():
            sets = ", ".join(f"{name} = {name} || $typed" for name in _free(record))
            if sets:
                store.execute(f"UPDATE {table} SET {sets}", {"typed": TYPED})
        for name in ("department_zh", "department_en"):
            row = [name, f'"{SHORT}"']
            store.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", row)
    return path


def _free(record):
    """The fields in which a person may write what they like."""
    return [
        field.name
        for field in record.fields()
        if field.type is str
        and not (field.about.choices or field.about.refers)
        and field.name not in {"id", "projects", *record.KEY}
    ]
