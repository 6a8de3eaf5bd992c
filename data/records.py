"""Every kind of record Yeji keeps, declared once.

A declaration is the single source of a record's form, validation, list, import
columns and template. Validation runs on columns (`data.checks`), so one form and
a million imported rows pass the same tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import UnionType
from typing import Annotated, ClassVar, Literal, NamedTuple, Union, get_args, get_origin

import polars as pl
from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel, ConfigDict

from data.duplicates.numbers import is_wrong_credit_code


class Words(NamedTuple):
    """One name in both languages."""

    zh: str
    en: str

    def __call__(self, language: str) -> str:
        """The name in one language, "zh" or "en"."""
        return self.zh if language == "zh" else self.en


Choices = dict[str, Words]

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)  # no department's day lies beyond


@dataclass(frozen=True)
class About:
    """What a declaration says of a field beyond its type and limits.

    `refers` names the table whose id the value must be; `in_form` is False for values the
    product sets itself; `offers` are values in common use, shown in both languages, beside
    which any other text may stand; `is_long` asks for a text area; `repeats` offers the
    values in use beside a new one, so that one region is not spelt three ways; `personal`
    marks data that is masked unless the role needs it; `is_past` that it has happened: a form
    refuses a day to come; no source fills a field that is not `in_import`; `example` fills
    the template.
    """

    zh: str
    en: str
    choices: Choices = field(default_factory=dict)
    offers: Choices = field(default_factory=dict)
    refers: str | None = None
    in_form: bool = True
    is_long: bool = False
    repeats: bool = False
    personal: bool = False
    is_past: bool = False
    in_import: bool = True
    example: str = ""
    help: Words | None = None

    @property
    def words(self) -> Words:
        """The field's label."""
        return Words(self.zh, self.en)


@dataclass(frozen=True)
class Rule:
    """A demand on several fields of one row: `broken` is true where it fails.

    `field` is where the form shows the problem, `code` the key of its words.
    Rules with `entry_only` bind people, not exports of systems that never asked.
    """

    field: str
    code: str
    broken: pl.Expr
    entry_only: bool = False


class Field(NamedTuple):
    """One field of a record as the form, the checks and the import read it."""

    name: str
    type: type
    required: bool
    default: object
    about: About
    max_length: int | None
    minimum: Decimal | int | None
    maximum: Decimal | int | None


class Record(BaseModel):
    """Base of all declarations; a subclass is one table."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    TABLE: ClassVar[str]
    WORDS: ClassVar[Words]
    KEY: ClassVar[tuple[str, ...]] = ("id",)  # several columns: id = their values joined by "/"
    RULES: ClassVar[tuple[Rule, ...]] = ()
    UNITS: ClassVar[tuple[frozenset[str], ...]] = ()  # fields that only mean something together

    @classmethod
    def personal(cls) -> list[Field]:
        """The fields that are masked unless the role needs them."""
        return [field for field in cls.fields() if field.about.personal]

    @classmethod
    def fields(cls) -> Iterator[Field]:
        """The fields in declared order, `id` first."""
        for name, info in cls.model_fields.items():
            limits = {type(m): m for m in info.metadata}
            yield Field(
                name=name,
                type=_plain(info.annotation),
                required=info.is_required(),
                default=None if info.is_required() else info.default,
                about=limits[About],
                max_length=getattr(limits.get(MaxLen), "max_length", None),
                minimum=getattr(limits.get(Ge), "ge", None),
                maximum=getattr(limits.get(Le), "le", None),
            )


def _plain(annotation: object) -> type:
    """The type inside `T | None` or Literal."""
    if get_origin(annotation) in (UnionType, Union):
        return next(_plain(a) for a in get_args(annotation) if a is not type(None))
    if get_origin(annotation) is Literal:
        return str
    assert isinstance(annotation, type)
    return annotation


_NAME = MaxLen(120)
_CODE = MaxLen(64)
_TEXT = MaxLen(4000)
_MONEY = Ge(Decimal(0))

Id = Annotated[str, About("编号", "Id", in_form=False), MaxLen(128)]

ROLES: Choices = {
    "gm": Words("总经理", "General manager"),
    "gm_office": Words("总经办", "GM office"),
    "manager": Words("业务经理", "Business manager"),
    "rep": Words("业务员", "Rep"),
    "assistant": Words("业务助理", "Business assistant"),
    "cost_engineer": Words("成本工程师", "Cost engineer"),
    "finance": Words("财务", "Finance"),
    "admin": Words("系统管理员", "Administrator"),
}
REP_STATUS: Choices = {
    "probation": Words("试用", "Probation"),
    "regular": Words("正式", "Regular"),
    "left": Words("离职", "Left"),
}
TRACKING: Choices = {
    "trackable": Words("可跟踪", "Trackable"),
    "potential": Words("潜在", "Potential"),
    "reserved": Words("保留", "Reserved"),
    "abandoned": Words("放弃", "Abandoned"),
}
SIZES: Choices = {
    "large": Words("大型", "Large"),
    "medium": Words("中型", "Medium"),
    "small": Words("小型", "Small"),
    "micro": Words("微型", "Micro"),
}


def _vocabulary(text: str) -> Choices:
    """Values that are kept in Chinese and read in both languages: "转介绍=Referral|..."."""
    pairs = (entry.split("=") for entry in text.replace("\n", "").split("|"))
    return {zh.strip(): Words(zh.strip(), en.strip()) for zh, en in pairs}


SOURCES = _vocabulary(
    "转介绍=Referral|老客户=Existing customer|展会=Trade fair|拜访开发=Cold visit|官网=Website|"
    "招投标=Tender|渠道商=Channel partner|电话营销=Telesales|广告=Advertising|其他=Other"
)
LOSS_REASONS = _vocabulary(
    "价格偏高=Price too high|选择竞品=Chose a competitor|预算不足=No budget|"
    "客户暂缓=Customer put it off|需求取消=Need cancelled|联系不上=Lost contact|"
    "技术不符=Technical mismatch|交期太长=Delivery too long|账期谈不拢=Payment terms|"
    "公司放弃=We withdrew|其他=Other"
)
INDUSTRIES = _vocabulary(
    "机械制造=Machinery|汽车零部件=Automotive parts|电子电器=Electronics|新能源=New energy|"
    "医疗器械=Medical devices|食品包装=Food and packaging|化工材料=Chemicals|航空航天=Aerospace|"
    "建筑工程=Construction|信息技术=Information technology|金融服务=Financial services|"
    "商贸零售=Trade and retail|其他=Other"
)
REGIONS = _vocabulary(
    "北京=Beijing|天津=Tianjin|河北=Hebei|山西=Shanxi|内蒙古=Inner Mongolia|辽宁=Liaoning|"
    "吉林=Jilin|黑龙江=Heilongjiang|上海=Shanghai|江苏=Jiangsu|浙江=Zhejiang|安徽=Anhui|"
    "福建=Fujian|江西=Jiangxi|山东=Shandong|河南=Henan|湖北=Hubei|湖南=Hunan|广东=Guangdong|"
    "广西=Guangxi|海南=Hainan|重庆=Chongqing|四川=Sichuan|贵州=Guizhou|云南=Yunnan|西藏=Tibet|"
    "陕西=Shaanxi|甘肃=Gansu|青海=Qinghai|宁夏=Ningxia|新疆=Xinjiang|香港=Hong Kong|"
    "澳门=Macau|台湾=Taiwan|海外=Overseas"
)
CONTACT_ROLES: Choices = {
    "decision_maker": Words("负责人", "Decision maker"),
    "liaison": Words("联系人", "Liaison"),
    "technical": Words("技术评估", "Technical evaluator"),
    "finance": Words("财务审核", "Finance reviewer"),
    "user": Words("使用者", "User"),
    "other": Words("其他影响者", "Other influencer"),
}
VISIT_KINDS: Choices = {
    "visit": Words("拜访", "Visit"),
    "demo": Words("产品演示", "Demo"),
    "negotiation": Words("商务洽谈", "Negotiation"),
    "inspection": Words("实地考察", "Site inspection"),
    "revisit": Words("回访", "Revisit"),
    "call": Words("电话", "Call"),
    "online": Words("线上会议", "Online meeting"),
    "task": Words("待办(不计拜访)", "Task (not a visit)"),
    "email": Words("邮件(不计拜访)", "E-mail (not a visit)"),
}
DEAL_STATUS: Choices = {
    "open": Words("进行中", "Open"),
    "won": Words("赢单", "Won"),
    "lost": Words("输单", "Lost"),
}
STAGE_KINDS: Choices = {
    "open": Words("进行中", "Open"),
    "won": Words("赢单", "Won"),
    "lost": Words("输单", "Lost"),
}
TARGET_SUBJECTS: Choices = {"rep": Words("业务员", "Rep"), "team": Words("团队", "Team")}
REPORT_KINDS: Choices = {"weekly": Words("周报", "Weekly report")}
AUDIENCES: Choices = {"private": Words("仅本人", "Only me"), "shared": Words("所有人", "Everyone")}
REPORT_STATUS: Choices = {
    "draft": Words("草稿", "Draft"),
    "submitted": Words("已提交", "Submitted"),
    "reviewed": Words("已审阅", "Reviewed"),
}


class Rep(Record):
    """A person of the sales department, its leaders included."""

    TABLE = "reps"
    WORDS = Words("业务员", "Rep")

    id: Id
    name: Annotated[str, About("姓名", "Name", example="陈立群"), _NAME]
    team: Annotated[str | None, About("团队", "Team", repeats=True, example="华东一组"), _NAME] = (
        None
    )
    manager_id: Annotated[str | None, About("上级", "Manager", refers="reps"), _CODE] = None
    role: Annotated[str, About("角色", "Role", choices=ROLES, example="rep")] = "rep"
    status: Annotated[str, About("状态", "Status", choices=REP_STATUS, example="regular")] = (
        "regular"
    )
    hired_on: Annotated[date | None, About("入职日期", "Hired on", example="2023-04-01")] = None
    left_on: Annotated[date | None, About("离职日期", "Left on")] = None

    RULES = (
        Rule("left_on", "left_before_hired", pl.col("left_on") < pl.col("hired_on")),
        Rule("manager_id", "own_manager", pl.col("manager_id") == pl.col("id")),
    )


class Membership(Record):
    """Who belonged to which team, under whom, from when until when (exclusive)."""

    TABLE = "rep_teams"
    WORDS = Words("团队归属", "Team membership")
    KEY = ("rep_id", "from_on")

    id: Id
    rep_id: Annotated[str, About("业务员", "Rep", refers="reps"), _CODE]
    team: Annotated[str | None, About("团队", "Team", repeats=True, example="华东一组"), _NAME] = (
        None
    )
    manager_id: Annotated[str | None, About("上级", "Manager", refers="reps"), _CODE] = None
    from_on: Annotated[date, About("自", "From", example="2023-04-01")]
    until_on: Annotated[date | None, About("至(不含)", "Until (exclusive)")] = None

    RULES = (Rule("until_on", "until_before_from", pl.col("until_on") <= pl.col("from_on")),)


class Stage(Record):
    """One step of the department's pipeline. A lost stage has no rank in the ladder."""

    TABLE = "stages"
    WORDS = Words("商机阶段", "Pipeline stage")

    id: Id
    name_zh: Annotated[str, About("中文名称", "Chinese name", example="报价"), _NAME]
    name_en: Annotated[str, About("英文名称", "English name", example="Quote"), _NAME]
    kind: Annotated[str, About("性质", "Kind", choices=STAGE_KINDS, example="open")] = "open"
    position: Annotated[int, About("顺序", "Position", example="4"), Ge(1), Le(99)]


class Customer(Record):
    """A customer of the archive (客户档案)."""

    TABLE = "customers"
    WORDS = Words("客户", "Customer")

    id: Id
    code: Annotated[str | None, About("统一编号", "Customer code", example="KH-0001"), _CODE] = None
    name: Annotated[
        str, About("客户名称", "Customer name", example="苏州恒远精密机械有限公司"), _NAME
    ]
    tax_number: Annotated[
        str | None,
        About(
            "税号",
            "Tax number",
            example="91320594MA1TE5T05Y",
            help=Words("统一社会信用代码;境外客户填其本国税号", "A foreign customer's own, too"),
        ),
        MaxLen(40),
    ] = None
    address: Annotated[str | None, About("地址", "Address"), MaxLen(400)] = None
    region: Annotated[
        str | None, About("地区", "Region", offers=REGIONS, repeats=True, example="江苏"), _NAME
    ] = None
    industry: Annotated[
        str | None,
        About("行业", "Industry", offers=INDUSTRIES, repeats=True, example="机械制造"),
        _NAME,
    ] = None
    size_band: Annotated[
        str | None,
        About("规模", "Customer size", offers=SIZES, repeats=True, example="large"),
        _NAME,
    ] = None
    ownership: Annotated[str | None, About("经济类型", "Ownership type", example="民营"), _NAME] = (
        None
    )
    registered_capital: Annotated[
        Decimal | None, About("注册资本金", "Registered capital", example="5000000"), _MONEY
    ] = None
    products: Annotated[str | None, About("产品", "Products", is_long=True), _TEXT] = None
    owner_rep_id: Annotated[str | None, About("负责业务员", "Owner", refers="reps"), _CODE] = None
    tracking: Annotated[
        str, About("客户分类", "Tracking class", choices=TRACKING, example="trackable")
    ] = "potential"
    created_on: Annotated[date | None, About("建档日期", "Created on", example="2025-03-02")] = None
    note: Annotated[str | None, About("备注", "Note", is_long=True), _TEXT] = None
    merged_into_id: Annotated[
        str | None,
        About("已并入", "Merged into", refers="customers", in_form=False, in_import=False),
        _CODE,
    ] = None  # the customer that this one turned out to be; reads of rows leave it out

    RULES = (
        Rule("tax_number", "tax_number_wrong", is_wrong_credit_code("tax_number"), entry_only=True),
    )


class Contact(Record):
    """A person at a customer."""

    TABLE = "contacts"
    WORDS = Words("联系人", "Contact")

    id: Id
    customer_id: Annotated[str, About("客户", "Customer", refers="customers"), _CODE]
    name: Annotated[str, About("姓名", "Name", example="王建国"), _NAME]
    role: Annotated[str | None, About("角色", "Role", choices=CONTACT_ROLES, example="liaison")] = (
        None
    )
    department: Annotated[str | None, About("部门", "Department", example="采购部"), _NAME] = None
    position: Annotated[str | None, About("职位", "Position", example="经理"), _NAME] = None
    phone: Annotated[str | None, About("电话", "Phone", personal=True), MaxLen(40)] = None
    email: Annotated[str | None, About("邮箱", "E-mail", personal=True), _NAME] = None
    age: Annotated[
        int | None, About("年龄", "Age", personal=True, example="45"), Ge(16), Le(110)
    ] = None
    relations: Annotated[
        str | None, About("社会关系", "Social relations", is_long=True, personal=True), _TEXT
    ] = None
    background: Annotated[
        str | None, About("背景", "Background", is_long=True, personal=True), _TEXT
    ] = None
    note: Annotated[str | None, About("备注", "Note", is_long=True, personal=True), _TEXT] = None


class Deal(Record):
    """A deal, open or closed. Money is in the department's currency, tax excluded.

    An unknown cost is null, never 0. A deal with lines has their sums.
    """

    TABLE = "deals"
    WORDS = Words("商机", "Deal")

    id: Id
    name: Annotated[str | None, About("商机名称", "Deal name", example="恒远二期产线"), _NAME] = (
        None
    )
    customer_id: Annotated[str | None, About("客户", "Customer", refers="customers"), _CODE] = None
    rep_id: Annotated[str, About("业务员", "Rep", refers="reps"), _CODE]
    product: Annotated[
        str | None, About("产品", "Product", repeats=True, example="数控机床"), _NAME
    ] = None
    source: Annotated[
        str | None, About("来源", "Source", offers=SOURCES, repeats=True, example="转介绍"), _NAME
    ] = None
    kind: Annotated[str | None, About("类型", "Deal type", repeats=True, example="新购"), _NAME] = (
        None
    )
    stage: Annotated[str | None, About("阶段", "Pipeline stage", refers="stages"), _CODE] = None
    status: Annotated[str, About("状态", "Status", choices=DEAL_STATUS, example="open")] = "open"
    opened_on: Annotated[
        date | None, About("开启日期", "Opened on", is_past=True, example="2026-01-08")
    ] = None
    expected_on: Annotated[date | None, About("预计成交", "Expected on")] = None
    closed_on: Annotated[date | None, About("关闭日期", "Closed on", is_past=True)] = None
    amount: Annotated[Decimal | None, About("金额", "Amount", example="680000"), _MONEY] = None
    cost: Annotated[Decimal | None, About("成本", "Cost", example="456000"), _MONEY] = None
    loss_reason: Annotated[
        str | None, About("输单原因", "Loss reason", offers=LOSS_REASONS, repeats=True), _NAME
    ] = None

    UNITS = (frozenset({"stage", "status", "closed_on", "loss_reason"}),)
    RULES = (
        Rule(
            "closed_on",
            "closed_needs_day",
            (pl.col("status") != "open") & pl.col("closed_on").is_null(),
        ),
        Rule(
            "closed_on",
            "open_has_no_close",
            (pl.col("status") == "open") & pl.col("closed_on").is_not_null(),
        ),
        Rule("closed_on", "closed_before_opened", pl.col("closed_on") < pl.col("opened_on")),
        Rule(
            "amount", "won_needs_amount", (pl.col("status") == "won") & pl.col("amount").is_null()
        ),
        Rule(
            "loss_reason",
            "lost_needs_reason",
            (pl.col("status") == "lost") & pl.col("loss_reason").is_null(),
            entry_only=True,
        ),
        Rule("opened_on", "needs_opened_on", pl.col("opened_on").is_null(), entry_only=True),
    )


class DealLine(Record):
    """One line of an order; margin is read at this grain where lines exist."""

    TABLE = "deal_lines"
    WORDS = Words("商机明细", "Deal line")
    KEY = ("deal_id", "line")

    id: Id
    deal_id: Annotated[str, About("商机", "Deal", refers="deals"), _CODE]
    line: Annotated[int, About("行号", "Line", example="1"), Ge(1)]
    product: Annotated[str | None, About("产品", "Product"), _NAME] = None
    category: Annotated[str | None, About("品类", "Product category"), _NAME] = None
    quantity: Annotated[Decimal | None, About("数量", "Quantity", example="2"), Ge(Decimal(0))] = (
        None
    )
    amount: Annotated[Decimal, About("金额", "Amount", example="340000")]
    cost: Annotated[Decimal | None, About("成本", "Cost", example="228000")] = None


class StageEvent(Record):
    """A deal entered a stage. `seq` is the source's own order within the deal.

    A move made by hand has an id of its own ("D1/2h"): the source's second event, which may
    come later, is another one. Of two with one `seq` the move by hand is the later.
    """

    TABLE = "stage_events"
    WORDS = Words("阶段记录", "Stage event")
    KEY = ("deal_id", "seq")

    id: Id
    deal_id: Annotated[str, About("商机", "Deal", refers="deals"), _CODE]
    seq: Annotated[int, About("顺序", "Sequence", example="1")]
    stage: Annotated[str, About("阶段", "Pipeline stage", refers="stages"), _CODE]
    entered_at: Annotated[datetime, About("进入时间", "Entered at", example="2026-01-08 09:30")]


class Visit(Record):
    """A contact with a customer, on site or remote; tasks and e-mails are kept apart by kind."""

    TABLE = "visits"
    WORDS = Words("拜访", "Visit")

    id: Id
    customer_id: Annotated[str | None, About("客户", "Customer", refers="customers"), _CODE] = None
    contact_id: Annotated[str | None, About("联系人", "Contact", refers="contacts"), _CODE] = None
    rep_id: Annotated[str, About("业务员", "Rep", refers="reps"), _CODE]
    deal_id: Annotated[str | None, About("商机", "Deal", refers="deals"), _CODE] = None
    kind: Annotated[str, About("方式", "Kind", choices=VISIT_KINDS, example="visit")] = "visit"
    visited_at: Annotated[
        datetime, About("拜访时间", "Visited at", is_past=True, example="2026-03-05 14:00")
    ]
    minutes: Annotated[
        int | None, About("时长(分钟)", "Minutes", example="60"), Ge(0), Le(1440)
    ] = None
    topic: Annotated[str | None, About("洽谈内容", "Topic", is_long=True), _TEXT] = None
    outcome: Annotated[str | None, About("结果", "Outcome", is_long=True), _TEXT] = None
    next_on: Annotated[date | None, About("下次预约", "Next appointment")] = None

    RULES = (
        Rule(
            "customer_id", "visit_needs_customer", pl.col("customer_id").is_null(), entry_only=True
        ),
        Rule("minutes", "visit_needs_minutes", pl.col("minutes").is_null(), entry_only=True),
        Rule("topic", "visit_needs_topic", pl.col("topic").is_null(), entry_only=True),
    )


class Target(Record):
    """The amount a rep or a team is to win in one month; no row means no target, not 0."""

    TABLE = "targets"
    WORDS = Words("业绩目标", "Target")
    KEY = ("subject_kind", "subject", "month")

    id: Id
    subject_kind: Annotated[
        str, About("对象", "Subject kind", choices=TARGET_SUBJECTS, example="rep")
    ] = "rep"
    subject: Annotated[str, About("业务员编号或团队", "Rep id or team"), _NAME]
    month: Annotated[date, About("月份", "Month", example="2026-01-01")]  # its first day
    amount: Annotated[Decimal, About("目标金额", "Target amount", example="1200000"), _MONEY]

    RULES = (Rule("month", "month_is_first_day", pl.col("month").dt.day() != 1),)


class WorkReport(Record):
    """A rep's weekly report: this week's work, projects, next week's plan (S20).

    `projects` is a JSON list of {"deal_id", "note"}; one report per rep and ISO week.
    Times are set by the store; the due moment follows from policy, it is not kept.
    """

    TABLE = "work_reports"
    WORDS = Words("周报", "Weekly report")
    KEY = ("kind", "rep_id", "period_on")

    id: Id
    kind: Annotated[
        str, About("种类", "Kind", choices=REPORT_KINDS, in_form=False, example="weekly")
    ] = "weekly"
    rep_id: Annotated[str, About("业务员", "Rep", refers="reps", in_form=False), _CODE]
    period_on: Annotated[
        date, About("周(周一)", "Week (its Monday)", in_form=False, example="2026-11-16")
    ]
    status: Annotated[
        str, About("状态", "Status", choices=REPORT_STATUS, in_form=False, example="submitted")
    ] = "draft"
    summary: Annotated[
        str | None, About("本周工作总结", "This week's work", is_long=True), _TEXT
    ] = None
    projects: Annotated[
        str | None,
        About("项目情况", "Project status", in_form=False, in_import=False),
        MaxLen(20000),
    ] = None
    problems: Annotated[
        str | None, About("问题与支持", "Problems and support", is_long=True), _TEXT
    ] = None
    visits_planned: Annotated[int | None, About("计划拜访", "Visits planned"), Ge(0), Le(500)] = (
        None
    )
    amount_planned: Annotated[
        Decimal | None, About("预计成交额", "Expected won amount"), _MONEY
    ] = None
    plan: Annotated[str | None, About("下周工作计划", "Next week's plan", is_long=True), _TEXT] = (
        None
    )
    submitted_at: Annotated[
        datetime | None,
        About("提交时间", "Submitted at", in_form=False, example="2026-11-20 16:40"),
    ] = None
    read_at: Annotated[datetime | None, About("阅读时间", "Read at", in_form=False)] = None
    reviewed_at: Annotated[datetime | None, About("审阅时间", "Reviewed at", in_form=False)] = None
    reviewed_by: Annotated[str | None, About("审阅人", "Reviewed by", in_form=False), _NAME] = None
    comment: Annotated[
        str | None, About("审阅意见", "Comment", in_form=False, is_long=True), _TEXT
    ] = None

    RULES = (
        Rule("period_on", "week_is_monday", pl.col("period_on").dt.weekday() != 1),
        Rule(
            "submitted_at",
            "submitted_needs_moment",
            (pl.col("status") != "draft") & pl.col("submitted_at").is_null(),
        ),
        *(
            Rule(
                name,
                "submitted_needs",
                (pl.col("status") != "draft") & pl.col(name).is_null(),
                entry_only=True,
            )
            for name in ("summary", "problems", "plan", "visits_planned")
        ),
    )


class SavedFilter(Record):
    """What a person set the filter row to, kept under a name; see `data.saved_filters`.

    It is about the product, not the department: no source brings it, so RECORDS has it not.
    """

    TABLE = "saved_filters"
    WORDS = Words("已存筛选", "Saved filter")
    KEY = ("owner", "name")

    id: Id
    owner: Annotated[str, About("保存人", "Owner", example="local"), _CODE]
    name: Annotated[str, About("名称", "Name", example="East"), MaxLen(60)]
    audience: Annotated[str, About("谁可用", "Audience", choices=AUDIENCES)] = "private"
    query: Annotated[str | None, About("筛选", "Filters"), _TEXT] = None


class Merge(Record):
    """Two customers made one; see `data.merges`. `moved` and `taken` are JSON.

    Like SavedFilter it is about the product: no source brings it.
    """

    TABLE = "merges"
    WORDS = Words("客户合并", "Merge")

    id: Id
    kept_id: Annotated[str, About("保留的客户", "Kept customer", refers="customers"), _CODE]
    gone_id: Annotated[str, About("并入的客户", "Merged customer", refers="customers"), _CODE]
    taken: Annotated[str, About("采用的值", "Values taken over")]  # field -> before, after
    moved: Annotated[str, About("移动的记录", "Records moved")]  # record -> ids
    merged_by: Annotated[str, About("合并人", "Merged by"), _CODE]
    undone_by: Annotated[str | None, About("撤销人", "Undone by"), _CODE] = None


class Distinction(Record):
    """Two customers that look alike and are two, says `decided_by`; null: ask again."""

    TABLE = "distinctions"
    WORDS = Words("不同客户", "Different customers")
    KEY = ("first_id", "second_id")

    id: Id
    first_id: Annotated[str, About("客户", "Customer", refers="customers"), _CODE]
    second_id: Annotated[str, About("另一客户", "Other customer", refers="customers"), _CODE]
    decided_by: Annotated[str | None, About("判断人", "Decided by"), _CODE] = None


RECORDS: dict[str, type[Record]] = {  # in an order in which references exist before their users
    r.__name__: r
    for r in (
        Stage,
        Rep,
        Membership,
        Customer,
        Contact,
        Deal,
        DealLine,
        StageEvent,
        Visit,
        Target,
        WorkReport,
    )
}
BY_TABLE: dict[str, type[Record]] = {r.TABLE: r for r in RECORDS.values()}
BESIDE: dict[str, type[Record]] = {  # about the product, by table: no source brings them
    r.TABLE: r for r in (SavedFilter, Merge, Distinction)
}
