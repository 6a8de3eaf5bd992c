"""Texts and bytes that people, programs and attackers have broken other software with."""

from hypothesis import strategies as st

HTML = "<img src=x onerror=alert(1)><b>粗</b><script>alert(1)</script>"
MARKDOWN = "**bold** [link](http://evil.example/a) ![image](http://evil.example/i.png) `code` # h"
DIRECTIVES = ":red[red] :material/delete: :smile: $x^2$ :streamlit: ~~gone~~ <br>"
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@",
    "＝1",
    "＋1",
    "－1",
    "＠A",
    " =1",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
)
SQL = "'; DROP TABLE deals; --"
PATHS = ("../../etc/passwd", "C:\\windows\\x", "/dev/zero", "a/b", ".", "CON", "x\x00y")
ODD = (
    *"\x00\x85\u200b\u202e\u2028\ufeff\ufffe\U0010ffff\u3000",  # controls, marks, no characters
    *("\x1b[31mred\x1b[0m", "e\u0301\u0301", "😀👨\u200d👩", "ﷺ", "ß", "İ", "１２３"),
    *("%s%n{0}{name}", "null", "NaN", "Infinity", "-0", "1e400", "0x1F", "1_000", "true"),
    *("9999-12-31", "0001-01-01", "2026-02-30", "25:61"),
)
TOKENS = (HTML, MARKDOWN, DIRECTIVES, *FORMULAS, SQL, *PATHS, *ODD, '"', "'", ",", ";", "\r\n")

texts = st.one_of(
    st.sampled_from(TOKENS),
    st.text(max_size=40),
    st.lists(st.sampled_from(TOKENS), max_size=4).map("".join),
)
"""Any text that Python itself can write as UTF-8."""


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """A good file with some bytes changed, cut out or repeated."""
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.integers(0, 12))
        data[at : at + length] = draw(st.binary(max_size=12))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)
