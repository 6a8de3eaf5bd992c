"""Department data: how is the department set up?"""

from pages.ui import cache, forms, layout, sections, session
from pages.ui.screens import registers, settings
from pages.ui.session import t

SECTIONS = {
    "settings": settings.form,
    "stages": registers.stages,
    "reps": registers.people,
    "targets": registers.targets,
}

session.write_language()
layout.header(t("department.title"))
forms.said("department")
settings.demo()

offered = [name for name in SECTIONS if name != "targets" or cache.reads("targets")]
chosen = sections.chosen("department", offered)
SECTIONS[chosen]()
