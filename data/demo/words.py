"""The words the demo department is made of. Data is never translated: this is its language."""


def _words(text: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(between))


SURNAMES = tuple("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
GIVEN_NAMES = _words(
    "建国 海燕 志强 雨薇 晓东 丽娜 文博 思远 子涵 俊杰 靖怡 国栋 一鸣 可欣 嘉怡 明辉 伟 芳 静 磊 "
    "军 洋 艳 勇 杰 娟 涛 超 秀英 桂兰 浩然 梓轩 欣悦 天宇 佳琪 振华 立新 慧敏 永康 春梅 "
    "世杰 婉清 凯 鹏飞 雪梅 志远 少华 玉兰 宏伟 小龙"
)
FOREIGN_CONTACTS = _words(
    "Anna Keller|Mark Jensen|Julia Stein|Peter Novak|Laura Rossi|Tom Baker|Eva Lindqvist|"
    "David Chen|Grace Liu|Henry Zhou|Nina Vogel|Oliver Grant|Sophie Martin|Kevin Wu",
    "|",
)

# ---- customers

CITIES = (  # part of the country, region, city; a large market stands twice
    (0, "上海", "上海"),
    (0, "上海", "上海"),
    (0, "江苏", "苏州"),
    (0, "江苏", "苏州"),
    (0, "江苏", "无锡"),
    (0, "江苏", "南京"),
    (0, "江苏", "常州"),
    (0, "浙江", "杭州"),
    (0, "浙江", "宁波"),
    (0, "浙江", "嘉兴"),
    (0, "安徽", "合肥"),
    (1, "广东", "深圳"),
    (1, "广东", "深圳"),
    (1, "广东", "广州"),
    (1, "广东", "东莞"),
    (1, "广东", "佛山"),
    (1, "福建", "厦门"),
    (1, "福建", "福州"),
    (1, "湖南", "长沙"),
    (1, "广西", "南宁"),
    (2, "北京", "北京"),
    (2, "北京", "北京"),
    (2, "天津", "天津"),
    (2, "山东", "青岛"),
    (2, "山东", "济南"),
    (2, "河北", "石家庄"),
    (2, "辽宁", "大连"),
    (2, "辽宁", "沈阳"),
)
BRAND_FIRST = tuple("恒海博华明汇瑞鼎中金天宏永泰盛嘉正德安科凯东")
BRAND_SECOND = tuple("远川纳意泰通达新成源宇信丰隆锐诺")
FOREIGN_FIRST = _words(
    "Ald Bren Cald Dorn Eich Falk Gren Hall Kald Lind Nord Ost Rosen Stein Thal Wald"
)
FOREIGN_SECOND = _words("berg vik mann haus strom feld well ford mark ton")
INDUSTRIES = (  # name, weight, words in Chinese and in foreign names, what they make
    (
        "机械制造",
        22,
        ("精密", "机械", "重工"),
        ("Machinery", "Precision"),
        "减速机、传动件、机加工零件",
    ),
    ("汽车零部件", 18, ("汽配", "车业"), ("Automotive", "Driveline"), "制动系统、底盘件、线束"),
    (
        "电子电器",
        18,
        ("电子", "光电", "电器"),
        ("Electronics", "Controls"),
        "连接器、控制板、传感器",
    ),
    ("新能源", 12, ("新能源", "储能"), ("Energy", "Battery"), "电池模组、逆变器、充电桩"),
    ("医疗器械", 10, ("医疗", "生物"), ("Medical", "Diagnostics"), "影像设备配件、检验耗材"),
    ("食品包装", 8, ("包装", "食品"), ("Packaging", "Foods"), "灌装线、软包装、纸箱"),
    ("化工材料", 7, ("新材料", "化工"), ("Chemicals", "Materials"), "涂料、改性塑料、胶粘剂"),
    ("航空航天", 5, ("航空", "航材"), ("Aerospace", "Aviation"), "结构件、紧固件、复合材料"),
)
STREETS = _words("工业园路 科技大道 创新路 兴业路 港口路 高新三路 经开大街 滨江路")
DEPARTMENTS = {  # contact role -> department, positions
    "decision_maker": ("总经办", ("总经理", "副总经理", "厂长")),
    "liaison": ("采购部", ("采购经理", "采购主管", "采购专员")),
    "technical": ("技术部", ("技术总监", "工艺工程师", "设备工程师")),
    "finance": ("财务部", ("财务经理", "会计主管")),
    "user": ("生产部", ("生产经理", "车间主任")),
    "other": ("质量部", ("质量经理", "质量工程师")),
}

# ---- deals

STAGES = (  # id, Chinese, English, kind
    ("lead", "线索", "Lead", "open"),
    ("visit", "拜访", "Visit", "open"),
    ("plan", "方案", "Plan", "open"),
    ("quote", "报价", "Quote", "open"),
    ("negotiation", "谈判", "Negotiation", "open"),
    ("won", "成交", "Won", "won"),
    ("lost", "输单", "Lost", "lost"),
)
OCCASIONS = _words("采购 扩产 改造 二期 年度框架 替换 新线")
EARLY_LOSSES = ("需求取消", "客户暂缓", "预算不足", "选择竞品", "联系不上")
LATE_LOSSES = ("价格偏高", "选择竞品", "交期太长", "技术不符", "预算不足", "客户暂缓", "账期谈不拢")
EARLY_LOSS_WEIGHTS = (26, 28, 20, 14, 12)
LATE_LOSS_WEIGHTS = (32, 24, 12, 10, 9, 8, 5)

# ---- visits: what was talked about and what came of it, by kind

VISIT_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "visit": (
        (
            "了解{product}需求与预算",
            "介绍公司与{product}案例",
            "沟通{product}项目进度",
            "确认{product}技术要求",
        ),
        (
            "需求明确，约技术交流",
            "对方在比较三家，要求两周内给方案",
            "预算待批，下月再跟进",
            "关键人认可，推进方案",
            "暂无新需求，保持联系",
        ),
    ),
    "call": (
        ("跟进{product}方案反馈", "预约拜访时间", "确认{product}报价有效期", "询问付款进度"),
        ("已约定拜访", "对方出差，下周再联系", "同意发送正式资料", "无人接听，改天再打"),
    ),
    "online": (
        ("线上讲解{product}方案", "线上澄清{product}技术参数", "与总部远程评审{product}项目"),
        ("方案基本通过，待书面意见", "补充两项技术资料", "总部要求再降价", "约定现场考察"),
    ),
    "demo": (
        ("{product}样机演示", "{product}打样与节拍测试", "展示{product}同行案例"),
        (
            "演示效果好，进入报价",
            "精度达标，节拍需优化",
            "使用部门满意，财务有顾虑",
            "要求再做一次打样",
        ),
    ),
    "inspection": (
        (
            "实地考察车间与{product}安装条件",
            "勘察现场，核对{product}接口",
            "陪同客户考察{product}老用户",
        ),
        ("具备安装条件，出平面图", "电力容量不足，需改造", "现场空间有限，调整方案"),
    ),
    "negotiation": (
        ("{product}合同条款与账期谈判", "{product}价格谈判", "{product}交期与验收标准商定"),
        (
            "价格达成一致，准备合同",
            "要求账期60天，需请示",
            "再让3个点即可签约",
            "交期谈妥，等待对方盖章",
            "竞品报价低8%，需调整方案",
        ),
    ),
    "revisit": (
        ("{product}使用情况回访", "{product}验收后回访", "回访满意度与备件需求"),
        ("运行稳定，客户满意", "提出增购意向", "反映一处故障，已转售后", "同意作为参观案例"),
    ),
}

# ---- weekly reports

PROBLEMS = (
    "{customer}要求账期60天，超出规定，请经理支持。",
    "{customer}的报价毛利低于20%底线，等待总经理批示。",
    "{customer}催12周以内交货，需要交付部确认排产。",
    "{customer}技术答疑需要工程师一同拜访。",
    "竞品在{customer}报价低8%，请求价格支持。",
    "{customer}负责人更换，需要重新建立联系。",
)
COMMENTS = (
    "{customer}账期不超过45天，超出先报我。",
    "{customer}要见到负责人，不要只停在采购。",
    "进展不错，{customer}这周务必拿到书面意见。",
    "{customer}的报价先让成本工程师复核。",
    "拜访数量够了，重点放在{customer}推进到方案。",
    "已阅，下周例会讨论{customer}。",
)
PROGRESS = {  # stage -> how the project stands
    "lead": "新线索，正在核实需求与预算",
    "visit": "已拜访，需求基本明确",
    "plan": "方案编制中，等待技术确认",
    "quote": "已报价，等待客户反馈",
    "negotiation": "商务谈判中，讨论价格与账期",
    "won": "已签约，移交交付部门",
    "lost": "已输单，做好复盘与关系维护",
}
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
ROUTINE_PLAN = "整理客户档案，电话跟进潜在客户。"
