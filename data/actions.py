"""What the audit log calls what people did: every action once, with its words.

An entry with a whole row before or after it is a record's image whatever its action; see
`data.row_images`.
"""

from data.records import BESIDE, RECORDS, Choices, Words

ACTIONS: Choices = {
    "insert": Words("新增", "Added"),
    "update": Words("修改", "Changed"),
    "load": Words("导入", "Imported"),
    "undo_load": Words("撤销导入", "Took an import back"),
    "save_mapping": Words("保存导入对照表", "Saved an import mapping"),
    "empty_demo": Words("清空演示数据", "Emptied the demo"),
    "settings": Words("更改设定", "Changed settings"),
    "export": Words("导出", "Exported"),
    "view": Words("查看隐藏信息", "Viewed masked fields"),
    "backup": Words("备份", "Made a backup"),
    "restore": Words("恢复备份", "Restored a backup"),
    "sign_in": Words("登录", "Signed in"),
    "sign_in_failed": Words("登录失败", "Failed to sign in"),
    "sign_out": Words("退出", "Signed out"),
    "sign_out_everywhere": Words("退出所有设备", "Signed out everywhere"),
    "password_changed": Words("更改密码", "Changed the password"),
    "set_up_link": Words("生成首次设置链接", "Made the first set-up link"),
    "set_up": Words("设置第一位管理员", "Set up the first administrator"),
    "invited": Words("生成邀请链接", "Made an invitation"),
    "joined": Words("接受邀请", "Accepted an invitation"),
    "account_opened": Words("开通账号", "Opened an account"),
    "account_closed": Words("停用账号", "Closed an account"),
    "email_changed": Words("更改公司账号邮箱", "Changed a company e-mail"),
    "account_reopened": Words("重新启用账号", "Reopened an account"),
    "upkeep": Words("系统维护", "Upkeep"),
}
SUBJECTS: Choices = {  # what an entry may be about
    **{name: record.WORDS for name, record in RECORDS.items()},
    **{record.__name__: record.WORDS for record in BESIDE.values()},
    "Account": Words("账号", "Account"),
    "Report": Words("报表", "Report"),
    "Audit": Words("审计记录", "Audit log"),
}
