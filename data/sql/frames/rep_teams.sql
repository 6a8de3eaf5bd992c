-- One row per rep and stay in a team; until_on is exclusive, null while it lasts.
SELECT
    rep_id,
    team,
    manager_id,
    from_on,
    until_on
FROM visible_rep_teams
ORDER BY rep_id, from_on
