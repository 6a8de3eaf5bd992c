"""Who may see and do what: the whole policy, in one table.

The store asks it for every read and write, the menu for every screen; the documents and the
tests are made from it. Source: the roles of the department's regulations.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from data.records import RECORDS, Choices, Words


class Reach(StrEnum):
    """Whose rows of the readable records a role sees and changes."""

    NOTHING = "nothing"  # what names nobody's customer only: people, teams, stages
    OWN = "own"
    TEAM = "team"
    ALL = "all"


class Personal(StrEnum):
    """How a role sees the personal fields of contacts."""

    NEVER = "never"
    ASKED = "asked"  # masked; shown on request, which the audit log keeps
    SHOWN = "shown"


@dataclass(frozen=True)
class Rights:
    """What one role may do.

    `reads` are names of records, `writes` names of records or of single fields
    ("Deal.cost"), `withheld` fields that a writable record keeps from this role. `actions`
    are the verbs that screens and functions ask for.
    """

    reach: Reach
    reads: frozenset[str]
    writes: frozenset[str]
    actions: frozenset[str]
    withheld: frozenset[str] = frozenset()
    personal: Personal = Personal.NEVER

    def may_write(self, record: str, field: str) -> bool:
        """The role may change this field of the rows within its reach."""
        name = f"{record}.{field}"
        return name not in self.withheld and (record in self.writes or name in self.writes)

    def may(self, action: str) -> bool:
        """The role may do this."""
        return action in self.actions

    def may_open(self, screen: str) -> bool:
        """The role may open the screen of this address."""
        return bool(SCREENS[screen] & self.actions)


def _of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_EVERY = frozenset(RECORDS)
_NAMES = _of("Stage Rep Membership")  # everybody reads them
_DAILY = _of("Customer Contact Deal DealLine StageEvent Visit WorkReport")
_DEALS = _NAMES | _of("Customer Deal DealLine StageEvent")
_COSTS = _of("Deal.cost DealLine.cost")
_REVIEWS = _of(
    "WorkReport.read_at WorkReport.reviewed_at WorkReport.reviewed_by WorkReport.comment"
)
_MERGES = _of("Customer.merged_into_id")

ACTIONS: Choices = {  # verb -> what it allows
    "figures": Words(
        "看全部门的指标与排名，及权限内的明细",
        "the department's figures and ranks, and the rows behind them within reach",
    ),
    "enter": Words(
        "登记拜访、商机、客户和周报", "entry of visits, deals, customers and weekly reports"
    ),
    "cost": Words("核定商机成本", "the costs of deals"),
    "contracts": Words("查看商机列表", "the list of deals, to read"),
    "review": Words("审阅权限内的周报", "reading and reviewing the weekly reports within reach"),
    "settings": Words("部门设置和名册", "the department's settings and registers"),
    "people": Words("账号和一次性链接", "accounts and one-time links"),
    "hand_over": Words(
        "移交客户和进行中的商机", "handing customers and open deals over to somebody else"
    ),
    "import": Words("导入和撤销导入", "importing, and taking an import back"),
    "merge": Words("合并重复客户和撤销", "merging duplicate customers, and undoing it"),
    "audit": Words("审计日志", "the audit log"),
    "backup": Words("备份", "making backups on the server"),
    "export": Words("导出全部门数据", "the whole department as open files"),
}

ROLES: dict[str, Rights] = {
    "gm": Rights(
        reach=Reach.ALL,
        reads=_EVERY,
        writes=_EVERY,
        actions=_of("figures enter review settings hand_over import merge audit backup export"),
        personal=Personal.ASKED,
    ),
    "gm_office": Rights(
        reach=Reach.ALL,
        reads=_EVERY,
        writes=_DAILY | _of("Target"),
        actions=_of("figures enter review hand_over import merge audit"),
        personal=Personal.ASKED,
    ),
    "manager": Rights(
        reach=Reach.TEAM,
        reads=_EVERY,
        writes=_DAILY | _of("Target"),
        actions=_of("figures enter review hand_over merge"),
        personal=Personal.ASKED,
    ),
    "rep": Rights(
        reach=Reach.OWN,
        reads=_EVERY,
        writes=_DAILY,
        withheld=_COSTS | _REVIEWS | _MERGES,
        actions=_of("figures enter"),
        personal=Personal.SHOWN,
    ),
    "assistant": Rights(
        reach=Reach.ALL,
        reads=_EVERY,
        writes=_DAILY,
        withheld=_COSTS | _REVIEWS,
        actions=_of("figures enter import merge"),
        personal=Personal.SHOWN,
    ),
    "cost_engineer": Rights(
        reach=Reach.ALL,
        reads=_DEALS,
        writes=_COSTS,
        actions=_of("figures cost"),
    ),
    "finance": Rights(
        reach=Reach.ALL,
        reads=_DEALS | _of("Target"),
        writes=frozenset(),
        actions=_of("figures contracts"),
    ),
    "admin": Rights(
        reach=Reach.NOTHING,
        reads=_NAMES,
        writes=_NAMES,
        actions=_of("settings people audit backup"),
    ),
}

_FIGURES = _of(
    "overview conversion margin reps rep visit-analysis customer-analysis customer quarter "
    "forecast measures"
)
SCREENS: dict[str, frozenset[str]] = {  # address -> actions, any of which opens it
    **dict.fromkeys(_FIGURES, _of("figures")),
    "weekly-reports": _of("review"),
    "weekly-report": _of("enter"),
    "visits": _of("enter"),
    "deals": _of("enter cost contracts"),
    "customers": _of("enter"),
    "hand-over": _of("hand_over"),
    "duplicates": _of("merge"),
    "department": _of("settings"),
    "import": _of("import"),
    "audit": _of("audit"),
    "people": _of("people"),
    "account": frozenset(ACTIONS),  # everybody's own
    "backup": _of("backup"),
}


def rights(role: str) -> Rights:
    """The rights of a role of `records.ROLES`."""
    return ROLES[role]


def hidden(names: Iterable[str]) -> frozenset[str]:
    """The tables of the records that are not among `names`."""
    return frozenset(RECORDS[name].TABLE for name in _EVERY - frozenset(names))
