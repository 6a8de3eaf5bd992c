"""Forecast: where will the month and the quarter end, and can that be believed?"""

from pages.ui import cache, filters, layout, session
from pages.ui.screens import forecast, forecast_deals, forecast_trust
from pages.ui.session import t

layout.header(t("forecast.title"), measures="forecast")
query = forecast.asked(filters.bar(timed=False))
look = cache.look(session.language())
reason = forecast.not_measurable(query)

if reason:
    forecast.nothing_yet(reason, query, look)
else:
    layout.answer(forecast.sentence(query, look))
    forecast.wall(query, look)
    part = forecast.parts(query, look)
    forecast.behind(query, look, part)
    forecast_deals.closing(query, look)
    month = forecast_trust.backtest(query, look)
    forecast_trust.detail(query, look, month)

layout.live()
