-- One row per rep, leaders included.
SELECT
    id AS rep_id,
    name AS rep,
    team,
    manager_id,
    role,
    status,
    hired_on,
    left_on
FROM visible_reps
ORDER BY id
